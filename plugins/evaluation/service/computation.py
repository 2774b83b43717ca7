"""Computing a season: readings, contributions, standings, each by statements over all contestants.

Everything is whole numbers, and every statement says the same whatever was there before, so that
computing again without a change leaves the same rows.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Integer,
    Table,
    and_,
    delete,
    func,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy import cast as as_type
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert

from core.sdk import (
    NotFound,
    Place,
    PlaceView,
    day_begins,
    db,
    indicator_sums,
    of_tenant,
    tenant_id,
    where_plugin_active,
)
from plugins.evaluation import rules
from plugins.evaluation.models import (
    Contestant,
    Contribution,
    Criterion,
    Reading,
    Score,
    Season,
    Standing,
)

_TAKEN = ("value", "periods", "updated", "measured_at")


def take_readings(season: Season, place: PlaceView, criteria: list[Criterion]) -> None:
    """Take every indicator's value for every contestant, as it stands now.

    What was taken before and is not measured any more stays and is marked: because the plugin was
    switched off there, or does not run at all.
    """
    begins, ends = day_begins(season.begins_on), day_begins(season.ends_on + timedelta(days=1))
    for criterion in criteria:
        if criterion.indicator is None:
            continue
        _run(
            update(Reading)
            .where(Reading.criterion_id == criterion.id, Reading.contestant_id.in_(_of(season)))
            .values(updated=False)
        )
        try:
            sums = indicator_sums(criterion.indicator, place.code, begins, ends).subquery("sums")
        except NotFound:
            continue
        found = select(
            Contestant.tenant_id,
            Contestant.id,
            literal(criterion.id),
            *(sums.c[name] for name in _TAKEN),
        ).join_from(Contestant, sums, sums.c.place_id == Contestant.place_id)
        filling = insert(_table(Reading)).from_select(
            ("tenant_id", "contestant_id", "criterion_id", *_TAKEN),
            found.where(Contestant.season_id == season.id),
        )
        _fill(
            filling.on_conflict_do_update(
                index_elements=list(_table(Reading).primary_key),
                set_={name: filling.excluded[name] for name in _TAKEN},
            )
        )


def rank(season: Season, kind: str, rounds: int) -> int:
    """Work out contributions and standings; return how many contestants are ranked.

    Contestants at which Evaluation is not active now have no standing.

    Args:
        kind: of the contestants' places.
        rounds: how many the season has.
    """
    _run(delete(Contribution).where(Contribution.contestant_id.in_(_of(season))))
    _run(delete(Standing).where(Standing.contestant_id.in_(_of(season))))
    _contribute(season, rounds)
    return _stand(season, kind)


def _contribute(season: Season, rounds: int) -> None:
    of_season = and_(Contestant.season_id == season.id, Contestant.tenant_id == tenant_id())
    turns = (
        select(
            Score.contestant_id,
            Score.criterion_id,
            rules.mean(func.sum(Score.value), func.count()).label("mark"),
        )
        .join(
            Contestant,
            and_(Contestant.id == Score.contestant_id, Contestant.tenant_id == Score.tenant_id),
        )
        .where(of_season)
        .group_by(Score.contestant_id, Score.criterion_id, Score.round)
        .subquery("turns")
    )
    scored = select(
        turns.c.contestant_id,
        turns.c.criterion_id,
        as_type(func.sum(turns.c.mark), BigInteger).label("total"),
        as_type(func.count(), Integer).label("entries"),
    ).group_by(turns.c.contestant_id, turns.c.criterion_id)
    read = (
        select(
            Reading.contestant_id,
            Reading.criterion_id,
            Reading.value.label("total"),
            Reading.periods.label("entries"),
        )
        .join(
            Contestant,
            and_(Contestant.id == Reading.contestant_id, Contestant.tenant_id == Reading.tenant_id),
        )
        .where(of_season)
    )
    given = union_all(scored, read).subquery("given")
    total, entries = func.coalesce(given.c.total, 0), func.coalesce(given.c.entries, 0)
    found = (
        select(
            Contestant.tenant_id,
            Contestant.id,
            Criterion.id,
            total,
            entries,
            rules.points(total, entries, rounds),
        )
        .select_from(Contestant)
        .join(Criterion, Criterion.version_id == season.version_id)
        .outerjoin(
            given,
            and_(given.c.contestant_id == Contestant.id, given.c.criterion_id == Criterion.id),
        )
        .where(Contestant.season_id == season.id)
    )
    columns = ("tenant_id", "contestant_id", "criterion_id", "total", "entries", "points")
    _fill(insert(_table(Contribution)).from_select(columns, found))


def _stand(season: Season, kind: str) -> int:
    tie = aggregate_order_by(Contribution.points, Criterion.tie_order)
    scores = (
        select(
            Contestant.tenant_id,
            Contestant.id.label("contestant_id"),
            as_type(func.sum(Contribution.points), Integer).label("score"),
            func.bool_or(and_(Criterion.kind == "veto", Contribution.total > 0)).label("vetoed"),
            func.array_agg(tie).filter(Criterion.tie_order.is_not(None)).label("ties"),
        )
        .join(Place, Place.id == Contestant.place_id)
        .join(Contribution, Contribution.contestant_id == Contestant.id)
        .join(Criterion, Criterion.id == Contribution.criterion_id)
        .where(
            Contestant.season_id == season.id,
            Place.kind == kind,
            where_plugin_active("evaluation", cast(Any, kind)),
        )
        .group_by(Contestant.tenant_id, Contestant.id)
        .subquery("scores")
    )
    place_in_order = func.rank().over(
        order_by=(scores.c.vetoed, scores.c.score.desc(), scores.c.ties.desc())
    )
    found = select(
        scores.c.tenant_id,
        literal(season.id),
        scores.c.contestant_id,
        scores.c.score,
        scores.c.vetoed,
        as_type(place_in_order, Integer),
    )
    columns = ("tenant_id", "season_id", "contestant_id", "score", "vetoed", "rank")
    return _fill(insert(_table(Standing)).from_select(columns, found))


def _of(season: Season) -> Any:
    return (
        select(Contestant.id)
        .where(Contestant.season_id == season.id, Contestant.tenant_id == tenant_id())
        .scalar_subquery()
    )


def _table(model: Any) -> Table:
    return cast(Table, model.__table__)


def _run(statement: Any) -> None:
    db.session.execute(statement, execution_options={"synchronize_session": False})


def _fill(filling: Any) -> int:
    made = of_tenant(filling).execution_options(preserve_rowcount=True)
    return int(db.session.connection().execute(made).rowcount)
