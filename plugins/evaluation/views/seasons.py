"""Pages of seasons: the list, opening one, its own page, and who scores in it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.sdk import (
    Conflict,
    Form,
    Invalid,
    NotFound,
    PageContext,
    asked_page,
    choice,
    colleagues,
    indicators,
)
from plugins.evaluation import permissions as may
from plugins.evaluation import queries, schemas, service
from plugins.evaluation.calendar import FIRST_YEAR, LAST_YEAR
from plugins.evaluation.models import SEASON_STATES
from plugins.evaluation.texts import _
from plugins.evaluation.views.access import judges, manages
from plugins.evaluation.views.pages import pages, render
from plugins.evaluation.views.schemes import is_keeper


@pages.page("/", permission=may.SEASON_VIEW)
def index(ctx: PageContext) -> Any:
    """The seasons that this place holds or takes part in."""
    state, year = choice("state", SEASON_STATES), _asked_year(ctx)
    return render(
        ctx,
        "index.html",
        page=queries.seasons(ctx.place, asked_page(), state=state, year=year),
        state_asked=state,
        year=year,
    )


@pages.page("/schemes/<uuid:scheme_id>/open", permission=may.SEASON_MANAGE)
def ask_open(ctx: PageContext, scheme_id: UUID) -> Any:
    """A form with who will compete."""
    return _open_page(ctx, _published(ctx, scheme_id), Form.build(schemas.OpenForm))


@pages.page("/schemes/<uuid:scheme_id>/open", permission=may.SEASON_MANAGE, methods=["POST"])
def open_season(ctx: PageContext, scheme_id: UUID) -> Any:
    """Open a season."""
    detail = _published(ctx, scheme_id)
    form = Form.build(schemas.OpenForm)
    data = form.load(ctx.form)
    if data is None:
        return _open_page(ctx, detail, form), 422
    try:
        made = service.seasons.open(
            ctx.actor, ctx.place, scheme_id, data["begins_on"], data["title"]
        )
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return _open_page(ctx, detail, form), error.status
    ctx.flash(_("The season is open. Now appoint those who score."))
    return ctx.redirect("season", season_id=made.id)


@pages.page("/seasons/<uuid:season_id>", permission=may.SEASON_VIEW)
def season(ctx: PageContext, season_id: UUID) -> Any:
    """One season: where it stands, what to do next, how far scoring is, who scores."""
    detail = queries.season(ctx.place, season_id)
    return season_page(ctx, detail, _appoint_form(detail, manages(ctx, detail)))


@pages.page("/seasons/<uuid:season_id>/scorers", permission=may.SEASON_MANAGE, methods=["POST"])
def appoint(ctx: PageContext, season_id: UUID) -> Any:
    """Appoint somebody who scores."""
    detail = queries.season(ctx.place, season_id)
    form = _appoint_form(detail, manages(ctx, detail))
    data = form.load(ctx.form)
    if data is None:
        return season_page(ctx, detail, form), 422
    try:
        service.seasons.appoint(ctx.actor, ctx.place, season_id, data["user_id"], data["role"])
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return season_page(ctx, queries.season(ctx.place, season_id), form), error.status
    ctx.flash(_("Appointed. The season stands under “My scoring” for this person now."))
    return ctx.redirect("season", season_id=season_id, _anchor="scorers")


@pages.page(
    "/seasons/<uuid:season_id>/scorers/<uuid:scorer_id>/dismiss",
    permission=may.SEASON_MANAGE,
    methods=["POST"],
)
def dismiss(ctx: PageContext, season_id: UUID, scorer_id: UUID) -> Any:
    """Take an appointment back, of somebody who has not scored."""
    detail = queries.season(ctx.place, season_id)
    form = _appoint_form(detail, manages(ctx, detail))
    try:
        service.seasons.dismiss(ctx.actor, ctx.place, season_id, scorer_id)
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return season_page(ctx, queries.season(ctx.place, season_id), form), error.status
    ctx.flash(_("The appointment is taken back."))
    return ctx.redirect("season", season_id=season_id, _anchor="scorers")


def season_page(ctx: PageContext, detail: queries.SeasonDetail, form: Form) -> str:
    """Return the page of a season, with what was refused."""
    is_open = detail.season.state == "open"
    shown = detail.season.state == "notice"
    asks = shown or (detail.season.state == "computed" and judges(ctx, detail))
    volume = {info.id for info in indicators() if info.rewards_volume}
    return render(
        ctx,
        "season.html",
        detail=detail,
        season=detail.season,
        steps=_steps(detail),
        progress=queries.progress(detail) if is_open else None,
        by_scorer=queries.by_scorer(detail) if is_open and judges(ctx, detail) else {},
        missing=queries.missing(detail),
        switched_off_places=queries.without_standing(detail),
        volume=[c for c in detail.criteria if c.indicator in volume],
        waiting=queries.objections(detail, state="open") if asks else (),
        form=form,
        manages=manages(ctx, detail),
        judges=judges(ctx, detail),
        scores=any(a.scorer.user_id == ctx.actor.id for a in detail.scorers),
    )


def _steps(detail: queries.SeasonDetail) -> list[dict[str, Any]]:
    """Return the way of a season, with what is done and where it stands."""
    ways = (
        ("open", _("Enter scores")),
        ("locked", _("Close scoring")),
        ("computed", _("Compute")),
        ("notice", _("Public notice")),
        ("awarded", _("Give awards")),
    )
    at = SEASON_STATES.index(detail.season.state)
    return [
        {"label": label, "done": number < at or at == len(ways) - 1, "current": number == at}
        for number, (_state, label) in enumerate(ways)
    ]


def _published(ctx: PageContext, scheme_id: UUID) -> queries.SchemeDetail:
    """Return a scheme of this place that a season can be opened with.

    Raises:
        NotFound: it is not there, or no version of it is published.
    """
    detail = queries.scheme(ctx.place, scheme_id)
    if not is_keeper(ctx, detail, may.SEASON_MANAGE):
        raise NotFound
    if all(v.version.published_at is None for v in detail.versions):
        raise NotFound
    return detail


def _open_page(ctx: PageContext, detail: queries.SchemeDetail, form: Form) -> str:
    return render(
        ctx,
        "season_open.html",
        detail=detail,
        version=next(v for v in detail.versions if v.version.published_at is not None),
        form=form,
        contestants=schemas.CONTESTANTS,
        cycles=schemas.CYCLES,
    )


def _appoint_form(detail: queries.SeasonDetail, wanted: bool) -> Form:
    people = colleagues(detail.place) if wanted else ()
    roles = sorted({c.scorers for c in detail.criteria if c.scorers})
    return Form.build(
        schemas.AppointForm,
        options={
            "user_id": [(p.id, f"{p.name} · {p.place.name}") for p in people],
            "role": [(role, role) for role in roles],
        },
    )


def _asked_year(ctx: PageContext) -> int | None:
    """Return the year that the address asks for; what is no year asks for none."""
    text = ctx.query.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0
    return year if FIRST_YEAR <= year <= LAST_YEAR else None
