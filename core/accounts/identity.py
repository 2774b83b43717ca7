"""What people type to say who they are: phone numbers, user names, passwords."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from flask_babel import lazy_gettext as _

from core.errors import Invalid
from core.texts import visible

LONGEST_NAME = 60
LONGEST_LOGIN = 40
LONGEST_ACCOUNT = 80
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LOGIN = re.compile(r"[a-z][a-z0-9._-]{2,}")


def normalise_phone(text: str) -> str:
    """Return a mainland mobile number as eleven digits, from any usual way of writing it.

    Raises:
        Invalid: it is not one (field ``phone``).
    """
    digits = re.sub(r"[\s()\-]", "", unicodedata.normalize("NFKC", text))
    digits = re.sub(r"^(?:\+|00)?86(?=1)", "", digits)
    if not _MOBILE.fullmatch(digits):
        raise Invalid(_("Enter a mobile number of 11 digits."), field="phone")
    return digits


def normalise_login(text: str) -> str:
    """Return a user name in the form in which it is stored and compared.

    Raises:
        Invalid: too short, too long, or with other characters (field ``login``).
    """
    login = unicodedata.normalize("NFKC", text).strip().casefold()
    if len(login) > LONGEST_LOGIN or not _LOGIN.fullmatch(login):
        raise Invalid(
            _(
                "A user name has 3 to %(most)s characters: letters a–z, digits, dot, dash,"
                " underscore; it begins with a letter.",
                most=LONGEST_LOGIN,
            ),
            field="login",
        )
    return login


def normalise_account(text: str) -> tuple[Literal["phone", "login"], str]:
    """Return what somebody typed to sign in, as it is stored: a phone number or a user name.

    What is neither comes back as a user name that nobody has.
    """
    text = visible(text)
    try:
        return "phone", normalise_phone(text)
    except Invalid:
        return "login", unicodedata.normalize("NFKC", text).strip().casefold()[:LONGEST_ACCOUNT]


def check_name(text: str) -> str:
    """Return a person's name without surrounding space.

    Raises:
        Invalid: empty or over-long (field ``name``).
    """
    name = unicodedata.normalize("NFC", visible(text)).strip()
    if not name:
        raise Invalid(_("Enter the name."), field="name")
    if len(name) > LONGEST_NAME:
        raise Invalid(_("At most %(most)s characters.", most=LONGEST_NAME), field="name")
    return name


def check_password(text: str) -> str:
    """Return a password that may be set.

    Raises:
        Invalid: shorter than ten characters, over-long, or one character repeated
            (field ``password``).
    """
    if len(text) < SHORTEST_PASSWORD or len(set(text)) < 4:
        raise Invalid(
            _(
                "Choose a password of at least %(least)s characters that is not a mere repetition.",
                least=SHORTEST_PASSWORD,
            ),
            field="password",
        )
    if len(text) > LONGEST_PASSWORD:
        raise Invalid(_("At most %(most)s characters.", most=LONGEST_PASSWORD), field="password")
    return text


def mask_phone(phone: str) -> str:
    """Return ``138****1234``."""
    return f"{phone[:3]}****{phone[-4:]}"
