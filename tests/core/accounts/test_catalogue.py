"""The catalogue of permissions refuses what would be ambiguous."""

import pytest

from core.accounts.permissions import CORE, ROLES, Catalogue, Permission


def test_a_role_carries_what_was_declared_for_it() -> None:
    catalogue = Catalogue()
    catalogue.declare("chess", [Permission("chess.board.set", "", ("staff", "viewer"))])

    assert catalogue.of_role("staff") == {
        "core.indicator.view",
        "core.job.cancel",
        "core.job.view",
        "core.organisation.edit",
        "core.organisation.view",
        "core.place.view",
        "chess.board.set",
    }
    assert catalogue.of_role("viewer") == {
        "core.indicator.view",
        "core.organisation.view",
        "core.place.view",
        "chess.board.set",
    }
    assert catalogue.of_role("administrator") == {permission.name for permission in CORE}
    assert catalogue.of_role("emperor") == frozenset()
    assert "chess.board.set" in catalogue
    assert "chess.board.take" not in catalogue


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("chess.board", "permission 'chess.board' is not of the form chess.noun.verb"),
        ("chess.board.set.", "permission 'chess.board.set.' is not of the form chess.noun.verb"),
        ("chess.Board.set", "permission 'chess.Board.set' is not of the form chess.noun.verb"),
        ("chess.board.sét", "permission 'chess.board.sét' is not of the form chess.noun.verb"),
        ("chess.board.set\n", r"permission 'chess.board.set\n' is not of the form chess.noun.verb"),
        ("", "permission '' is not of the form chess.noun.verb"),
        ("core.board.set", "permission 'core.board.set' is not of the form chess.noun.verb"),
        ("chess2.board.set", "permission 'chess2.board.set' is not of the form chess.noun.verb"),
    ],
)
def test_malformed_and_foreign_names_are_refused(name: str, reason: str) -> None:
    _refused([Permission(name, "", ("staff",))], reason)


def test_a_name_that_is_declared_twice_is_refused() -> None:
    one = Permission("chess.board.set", "", ("staff",))
    _refused([one, one], "permission 'chess.board.set' is declared twice")

    catalogue = Catalogue()
    catalogue.declare("chess", [one])
    with pytest.raises(ValueError, match=r"^permission 'chess.board.set' is declared twice$"):
        catalogue.declare("chess", [one])


def test_unknown_roles_are_refused() -> None:
    permission = Permission("chess.board.set", "", ("staff", "queen", "king"))  # type: ignore[arg-type]
    _refused([permission], "permission 'chess.board.set' names unknown roles ['king', 'queen']")


def _refused(declared: list[Permission], reason: str) -> None:
    """Expect a refusal that leaves nothing behind, not even the good one before the bad."""
    catalogue, good = Catalogue(), Permission("chess.clock.stop", "", ("staff",))
    with pytest.raises(ValueError) as refusal:  # noqa: PT011
        catalogue.declare("chess", [good, *declared])
    assert str(refusal.value) == reason
    assert "chess.clock.stop" not in catalogue
    assert {role: catalogue.of_role(role) for role in ROLES} == {
        role: Catalogue().of_role(role) for role in ROLES
    }
