"""The unified social credit code 统一社会信用代码, as GB 32100-2015 writes it.

Eighteen characters of the digits and the capital letters without I, O, S, V and Z: who registered
it, what it is, six digits of the division where it is registered, nine characters of its own, and
one that checks the others.
"""

from __future__ import annotations

import unicodedata

from flask_babel import lazy_gettext as _
from stdnum.cn import uscc

from core.errors import Invalid
from core.texts import visible

LENGTH = 18
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_DIVISION = slice(2, 8)
_SEPARATORS = str.maketrans("", "", " -\t\n")


def normalise_credit_code(text: str) -> str:
    """Return a credit code in capitals, from any usual way of writing it.

    Full-width characters, small letters, spaces and hyphens are understood. The check character
    shows every single wrong character, and any two that changed places, except the first with the
    last, which weigh the same.

    Raises:
        Invalid: (field ``credit_code``) wrong length, a letter that no code has, no digits where
            the division stands, or a check character that does not fit.
    """
    code = written(text)
    if len(code) != LENGTH:
        raise _refusal(
            _(
                "A unified social credit code has %(length)s characters, this one has %(count)s.",
                length=LENGTH,
                count=len(code),
            )
        )
    if strange := "".join(sorted(set(code) - set(ALPHABET))):
        raise _refusal(
            _(
                "No credit code has %(characters)s in it. The letters I, O, S, V and Z are not"
                " used: look for 1, 0, 5, U and 2.",
                characters=" ".join(strange),
            )
        )
    if not code[_DIVISION].isdigit():
        raise _refusal(_("Characters 3 to 8 of a credit code are digits."))
    if code[-1] != uscc.calc_check_digit(code[:-1]):
        raise _refusal(
            _("The last character does not fit the others: one of the code was mistyped.")
        )
    return code


def written(text: str) -> str:
    """Return what was typed as a code or a part of one, without checking it."""
    plain = unicodedata.normalize("NFKC", visible(text))
    return plain.translate(_SEPARATORS).upper()


def _refusal(message: str) -> Invalid:
    return Invalid(message, field="credit_code")
