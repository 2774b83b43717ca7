"""Calls hooks: each implementation isolated, attributed, timed and counted.

Core walks the implementations itself. A hook that fails, whatever it raises, is left out of the
answer and noted with its plugin's name; those after it and the page around them go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any, NamedTuple
from uuid import UUID

from flask_babel import Domain
from flask_babel import lazy_gettext as _

from core.plugin_host.contract import DisableContext, ErasureContext, Panel, Veto
from core.plugin_host.guard import Guard, running
from core.plugin_host.health import counts, outcomes
from core.plugin_host.loading import Installed
from core.plugin_host.speaking import speaker
from core.tenancy import current

SECONDS = 1.0
"""What a hook may take in all. It is not interrupted, but counts as a failure."""

MOST_LINES = 50

log = logging.getLogger(__name__)


class Implementation(NamedTuple):
    """One plugin's function for one hook."""

    plugin: str
    function: Callable[[Any], Any]
    domain: Domain | None


@dataclass(slots=True)
class Answers:
    """What implementations returned, in their order, and the plugins that failed.

    ``aside`` are those that were not asked, each with the end of its quarantine.
    """

    given: Sequence[tuple[str, Any]] = ()
    failed: Sequence[str] = ()
    aside: Sequence[tuple[str, datetime]] = ()


class TooSlow(RuntimeError):
    """A hook took longer than :data:`SECONDS`."""


def implementations(hook: str, plugins: Iterable[Installed]) -> tuple[Implementation, ...]:
    """Return what ``plugins`` have for ``hook``, in their order."""
    return tuple(
        Implementation(plugin.id, plugin.contribution.hooks[hook], plugin.domain)
        for plugin in plugins
        if plugin.contribution is not None and hook in plugin.contribution.hooks
    )


def call(
    hook: str,
    ready: tuple[Implementation, ...],
    context_of: Callable[[str], Any],
    place_id: UUID,
) -> Answers:
    """Call ``hook`` of every implementation, inside the transaction under way.

    What core has pending is flushed first; whatever a hook does to the session or the database is
    undone at its end.

    Args:
        context_of: gives a plugin's id the hook's context.
        place_id: where failures are counted.

    Raises:
        Offence: a hook, while being called, made core call hooks again.
    """
    if not ready:
        return Answers()
    settle = _SETTLE[hook]
    given: list[tuple[str, Any]] = []
    failed: list[str] = []
    guard, voice = Guard(), speaker()
    session, before = guard.session, voice.babel_domain
    last = perf_counter()
    marks = [last]
    try:
        for plugin, function, domain in ready:
            voice.babel_domain = domain or before
            error: BaseException | None = None
            try:
                answer = settle(function(context_of(plugin)))
            except KeyboardInterrupt:
                raise
            except BaseException as caught:  # noqa: BLE001 - SystemExit is the plugin's failure too
                error = caught
            if (
                guard.touched
                or session._transaction is not guard.innermost
                or session.identity_map._modified
                or session._new
                or session._deleted
            ):
                offence, session = guard.undo(), guard.session
                error = offence if error is None else error
            mark = perf_counter()
            if mark - last > SECONDS and error is None:
                error = TooSlow(f"it took {mark - last:.1f} seconds")
            marks.append(mark)
            last = mark
            if error is None:
                given.append((plugin, answer))
            else:
                failed.append(plugin)
                _tell(outcomes.Failure.of(place_id, plugin, hook, error))
    finally:
        voice.babel_domain = before
        running.set(None)
    counts.pending.append((current(), place_id, hook, ready, marks, failed))
    return Answers(given, failed)


def vetoes(
    hook: str,
    plugins: Iterable[Installed],
    ctx: DisableContext | ErasureContext,
    *,
    place_id: UUID,
    quarantined: Collection[str] = (),
) -> list[tuple[str, str]]:
    """Ask ``plugins`` whether they object; return who does and why, in the reader's language.

    It fails closed: who raises, takes too long, answers something else or is ``quarantined``
    objects. Ask inside the transaction of the change, before anything is changed.

    Args:
        place_id: the place of the act, where failures are counted.
    """
    asked = implementations(hook, plugins)
    present = tuple(one for one in asked if one.plugin not in quarantined)
    answers = call(hook, present, lambda _plugin: ctx, place_id)
    reasons = {
        one.plugin: str(_("It is set aside after failures and cannot be asked.")) for one in asked
    }
    reasons |= answers.given
    reasons |= {plugin: str(_("It failed when it was asked.")) for plugin in answers.failed}
    return [(one.plugin, reasons[one.plugin]) for one in asked if reasons[one.plugin]]


def _tell(failure: outcomes.Failure) -> None:
    log.error("plugin %s failed in %s\n%s", failure.plugin, failure.hook, failure.traceback)
    outcomes.note(failure)


def _panel(answer: Any) -> Panel | None:
    """Texts are translated here, while the plugin's own catalogue is in force."""
    if answer is None:
        return None
    if not isinstance(answer, Panel):
        raise TypeError(f"it returned {type(answer).__name__}, not a Panel")
    if isinstance(answer.title, str) and isinstance(answer.body, str):
        return answer
    body = answer.body if isinstance(answer.body, str) else str(answer.body)
    return Panel(str(answer.title), body, answer.more_url)


def _lines(answer: Any) -> tuple[str, ...]:
    if not isinstance(answer, list | tuple):
        raise TypeError(f"it returned {type(answer).__name__}, not a sequence of lines")
    return tuple(str(line) for line in answer[:MOST_LINES])


def _objection(answer: Any) -> str:
    if answer is None:
        return ""
    if not isinstance(answer, Veto):
        raise TypeError(f"it returned {type(answer).__name__}, not a Veto")
    reason = str(answer.reason).strip()
    if not reason:
        raise ValueError("its veto has no reason")
    return reason


_SETTLE: Mapping[str, Callable[[Any], Any]] = {
    "linli_public_panel": _panel,
    "linli_desk_panel": _panel,
    "linli_disable_preview": _lines,
    "linli_refuse_disable": _objection,
    "linli_refuse_erasure": _objection,
}
