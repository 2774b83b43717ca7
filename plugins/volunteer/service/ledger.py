"""Writing to the ledger of points. Nothing in it is ever changed, and nothing is written twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import insert

from core.sdk import PlaceView, db, new_id, now, tenant_id
from plugins.volunteer import queries
from plugins.volunteer.arrays import array
from plugins.volunteer.models import PointsRule
from plugins.volunteer.rules import Rule


@dataclass(frozen=True)
class Posting:
    """Whole points that an account is given by the community, for the thing ``cause_id``."""

    account: UUID | str
    points: int
    cause_id: UUID | str


_POST: Any = text(
    "INSERT INTO p_volunteer__transfer (tenant_id, id, debit_account_id, credit_account_id, points,"
    " cause, cause_id, rule_id, key, posted_at)"
    " SELECT :tenant, given.id, :issue, given.account, given.points, :cause, given.cause_id, :rule,"
    " :cause || ':' || given.cause_id, :at"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:accounts AS uuid[]), CAST(:points AS int[]),"
    " CAST(:causes AS uuid[])) AS given (id, account, points, cause_id)"
    " ON CONFLICT (tenant_id, key) DO NOTHING"
).bindparams(
    bindparam("cause", type_=Text),
    bindparam("issue", type_=Uuid),
    bindparam("rule", type_=Uuid),
)


def post(place: PlaceView, rule_id: UUID, cause: str, postings: Sequence[Posting]) -> None:
    """Give points from the community's account, all in one statement.

    The kind of cause and its id are the key of a transfer: what was given for it before is not
    given again.

    Args:
        rule_id: of the version of the rule by which they are given.
    """
    if not postings:
        return
    db.session.connection().execute(
        _POST,
        {
            "tenant": tenant_id(),
            "issue": place.id,
            "rule": rule_id,
            "cause": cause,
            "at": now(),
            "ids": array(new_id() for _ in postings),
            "accounts": array(posting.account for posting in postings),
            "points": array(posting.points for posting in postings),
            "causes": array(posting.cause_id for posting in postings),
        },
    )


def version_of(place: PlaceView, rule: Rule) -> PointsRule:
    """Return the version of the community's rule that says ``rule``: the last one or a new one."""
    while True:
        last = queries.last_rule(place)
        if last is not None and queries.as_rule(last) == rule:
            return last
        db.session.execute(
            insert(PointsRule)
            .values(
                tenant_id=tenant_id(),
                id=new_id(),
                place_id=place.id,
                number=last.number + 1 if last else 1,
                step_minutes=rule.step_minutes,
                cap_minutes=rule.cap_minutes,
                day_cap_minutes=rule.day_cap_minutes,
                points_per_hour=rule.points_per_hour,
                created_at=now(),
            )
            .on_conflict_do_nothing()
        )
