"""Who acts: a signed-in person with what they hold where, or the system itself."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.errors import Forbidden
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
    """

    id: UUID | None
    name: str
    held: tuple[Held, ...] = ()
    is_system: bool = False

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
            raise Forbidden(permission=permission)

    def permissions_at(self, place: Located) -> frozenset[str]:
        """Return everything this actor holds at ``place``."""
        held = (h.permissions for h in self.held if is_in_scope(place, h.place_code))
        return frozenset().union(*held)

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
