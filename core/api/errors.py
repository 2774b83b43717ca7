"""Refusals that only programs meet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from flask_babel import lazy_gettext as _

from core.errors import LinliError


class TokenRequired(LinliError):
    """No token was sent (RFC 6750, section 3)."""

    status = 401
    code = "token_required"
    title = _("A token is needed")
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}

    def __init__(self) -> None:
        super().__init__(_("Send an access token: Authorization: Bearer linli_…"))


class TokenRefused(LinliError):
    """Malformed, forged, expired, revoked, or of another district: always the same answer."""

    status = 401
    code = "invalid_token"
    title = _("The token is not good")
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": 'Bearer error="invalid_token"'}

    def __init__(self) -> None:
        super().__init__(
            _("This token is not known here, has expired or was revoked. Make a new one.")
        )


class Malformed(LinliError):
    """A body that is not JSON as it should be."""

    status = 400
    code = "bad_request"
    title = _("The request was not understood")


class NotJson(LinliError):
    """A body that is no JSON object."""

    status = 415
    code = "unsupported_media_type"
    title = _("Send JSON")

    def __init__(self) -> None:
        super().__init__(_("Send a JSON object with the content type application/json."))


class Stale(LinliError):
    """The ``ETag`` sent in ``If-Match`` is not that of the present state."""

    status = 412
    code = "precondition_failed"
    title = _("Changed in the meantime")

    def __init__(self) -> None:
        super().__init__(
            _("It was changed since you read it. Read it again and repeat your change.")
        )


class ConditionRequired(LinliError):
    """A change that does not say, in ``If-Match``, what it was made from."""

    status = 428
    code = "precondition_required"
    title = _("Say what you change")

    def __init__(self) -> None:
        super().__init__(_("Send the ETag of what you read in If-Match."))
