"""Who acts: a signed-in person with what they hold where, or the system itself."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask_babel import lazy_gettext as _

from core.errors import Forbidden
from core.places.codes import contains
from core.places.scope import Located, is_in_scope


@dataclass(frozen=True)
class Held:
    """A role at a place, with what it carries."""

    place_code: str
    role: str
    permissions: frozenset[str]


@dataclass(frozen=True)
class Actor:
    """The one who acts: a person, the system, or somebody unknown who holds nothing.

    Passed to every service. ``id`` is ``None`` unless it is a person with an account.
    ``by_token`` says that a program acts for that person, with part of what the person holds.
    """

    id: UUID | None
    name: str
    held: tuple[Held, ...] = ()
    is_system: bool = False
    by_token: bool = False

    @classmethod
    def system(cls, name: str) -> Actor:
        """The installation itself: a command, a job, the demo. It may do everything."""
        return cls(None, name, is_system=True)

    def reaches(self, place: Located) -> bool:
        """Say whether any role of this actor reaches ``place``."""
        return self.is_system or any(is_in_scope(place, h.place_code) for h in self.held)

    def can(self, permission: str, place: Located) -> bool:
        """Say whether this actor holds ``permission`` at ``place`` or above it."""
        return self.is_system or any(
            permission in h.permissions and is_in_scope(place, h.place_code) for h in self.held
        )

    def require(self, permission: str, place: Located) -> None:
        """Go on only with ``permission`` at ``place``.

        Raises:
            Forbidden: this actor does not hold it there.
        """
        if not self.can(permission, place):
            raise self.lacks(permission)

    def lacks(self, *permissions: str) -> Forbidden:
        """Return the refusal of what needs all of these ``permissions``, which are missing."""
        first, *others = permissions
        every = permissions if others else ()
        if not self.by_token:
            return Forbidden(permission=first, permissions=every)
        if not others:
            told = _("This token does not hold the permission %(permission)s.", permission=first)
            return Forbidden(told, permission=first)
        told = _(
            "This token does not hold the permissions %(permissions)s.",
            permissions=", ".join(permissions),
        )
        return Forbidden(told, permission=first, permissions=every)

    def permissions_at(self, place: Located) -> frozenset[str]:
        """Return everything this actor holds at ``place``."""
        held = (h.permissions for h in self.held if is_in_scope(place, h.place_code))
        return frozenset().union(*held)

    def works_in(self, place: Located) -> bool:
        """Say whether any role is held at ``place`` itself or below it, and not merely above.

        Whoever judges places must not judge the one they work for.
        """
        return any(contains(place.code, h.place_code) for h in self.held)

    def home(self, permission: str) -> str | None:
        """Return the code of the widest place at which this actor holds ``permission``."""
        codes = (h.place_code for h in self.held if permission in h.permissions)
        return min(codes, key=lambda code: (len(code), code), default=None)

    def role_at(self, place: Located | None) -> str | None:
        """Return the role that reaches ``place`` from nearest by, to show beside the name."""
        reaching = [h for h in self.held if place is None or is_in_scope(place, h.place_code)]
        return max(reaching, key=lambda h: len(h.place_code)).role if reaching else None


ANONYMOUS = Actor(None, "anonymous")
"""Somebody who is not signed in."""
