"""Domain errors: a code for programs, a sentence for people, the field that is to blame.

Services raise them, core renders them: as a page or as problem+json (RFC 9457).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _


class LinliError(Exception):
    """Base of all errors that are shown to a user.

    Args:
        message: one translatable sentence in the user's words.
        field: name of the input that is to blame, if one is.
    """

    status = 400
    code = "error"
    title: Any = _("That did not work")
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, message: Any, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return str(self.message)


class SignInRequired(LinliError):
    """Nobody is signed in, and the page is not public."""

    status = 401
    code = "sign_in_required"
    title = _("Please sign in")

    def __init__(self, message: Any = _("Please sign in to see this page.")) -> None:
        super().__init__(message)


class Forbidden(LinliError):
    """The signed-in user works at this place but lacks the permission.

    Args:
        permission: the one that is missing, if one is.
        permissions: all that are missing, when there are several.
    """

    status = 403
    code = "forbidden"
    title = _("Not permitted")

    def __init__(
        self,
        message: Any = _("Your role here does not include this. Ask your administrator."),
        *,
        permission: str | None = None,
        permissions: tuple[str, ...] = (),
        field: str | None = None,
    ) -> None:
        super().__init__(message, field=field)
        self.permission = permission
        self.permissions = permissions


class NotFound(LinliError):
    """Not there, or not yours: the answer is the same, so that nothing is learnt from it."""

    status = 404
    code = "not_found"
    title = _("Page not found")

    def __init__(
        self,
        message: Any = _("There is nothing at this address, or it is not open to you."),
        *,
        field: str | None = None,
    ) -> None:
        super().__init__(message, field=field)


class Conflict(LinliError):
    """It contradicts what is already there."""

    status = 409
    code = "conflict"
    title = _("Already taken or changed")


class Invalid(LinliError):
    """Input that was understood but cannot be accepted.

    Args:
        fields: messages by field name, in the user's language.
    """

    status = 422
    code = "invalid"
    title = _("Please check what you entered")

    def __init__(
        self,
        message: Any = _("Some entries need another look."),
        *,
        field: str | None = None,
        fields: Mapping[str, list[Any]] | None = None,
    ) -> None:
        super().__init__(message, field=field)
        self.fields = dict(fields or ({field: [message]} if field else {}))


class Suspended(LinliError):
    """The district's service is suspended."""

    status = 503
    code = "suspended"
    title = _("Service suspended")

    def __init__(
        self,
        message: Any = _("This district's service is suspended. Please ask the district office."),
    ) -> None:
        super().__init__(message)
