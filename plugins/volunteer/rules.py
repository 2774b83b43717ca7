"""How presence becomes hours, and hours become points, by a community's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.sdk import PlaceView, settings_of
from plugins.volunteer.texts import _, texts

PLUGIN = "volunteer"
HOUR = 60


@dataclass(frozen=True)
class Rule:
    """A community's rule; all times in minutes.

    Hours go in steps, and time is always rounded down: the law asks for the time that was given
    and names no rounding (Measures for Recording Voluntary Service, art. 7).
    """

    step_minutes: int
    cap_minutes: int
    day_cap_minutes: int
    points_per_hour: int

    def suggested(self, present: int, already: int = 0) -> int:
        """Return what a presence counts: in whole steps, within the caps.

        Args:
            present: whole minutes for which the person was there.
            already: minutes that count for that day from other activities.
        """
        most = min(self.cap_minutes, self.day_cap_minutes - already)
        return max(0, min(present, most)) // self.step_minutes * self.step_minutes

    def points(self, minutes: int) -> int:
        """Return the whole points that one activity's minutes are worth, rounded down."""
        return minutes * self.points_per_hour // HOUR

    def refusal(self, minutes: int, already: int = 0) -> Any:
        """Return why ``minutes`` cannot be confirmed, or ``None``."""
        if minutes < 0:
            return _("Hours cannot be negative.")
        if minutes > self.cap_minutes:
            return _("At most %(hours)s h count for one activity.", hours=hours(self.cap_minutes))
        if minutes % self.step_minutes:
            return texts.plural(
                "Hours go in steps of %(num)s minute.",
                "Hours go in steps of %(num)s minutes.",
                self.step_minutes,
            )
        if already + minutes > self.day_cap_minutes:
            return _(
                "At most %(most)s h count for one day, and %(already)s h are confirmed already.",
                most=hours(self.day_cap_minutes),
                already=hours(already),
            )
        return None


def in_force(place: PlaceView) -> Rule:
    """Return the rule that the settings in force at ``place`` make."""
    return rule_of(settings_of(PLUGIN, place))


def rule_of(settings: Mapping[str, Any]) -> Rule:
    """Return the rule that these settings make."""
    return Rule(
        settings["step_minutes"],
        settings["activity_cap_hours"] * HOUR,
        settings["day_cap_hours"] * HOUR,
        settings["points_per_hour"],
    )


def hours(minutes: int) -> str:
    """Write minutes as hours: 90 as ``1.5``."""
    return f"{minutes / HOUR:.2f}".rstrip("0").rstrip(".")
