"""Items that other applications' events propose, for a clerk to decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.sdk import Conflict, Form, Invalid, PageContext, asked_page, choice
from plugins.red_property import permissions as may
from plugins.red_property import queries, schemas, service
from plugins.red_property.models import PROPOSAL_STATES
from plugins.red_property.rules import hundredths
from plugins.red_property.showing import exact
from plugins.red_property.texts import _
from plugins.red_property.views.pages import DISTRICT, pages, render

STATE_NAMES: dict[str, Any] = {
    "waiting": _("Waiting"),
    "accepted": _("Accepted"),
    "declined": _("Declined"),
}


@pages.page("/proposals", permission=may.PROPOSAL_DECIDE, levels=DISTRICT)
def proposals(ctx: PageContext) -> Any:
    """The inbox: what waits, what was accepted, what was declined."""
    state = choice("state", PROPOSAL_STATES) or "waiting"
    waiting = queries.waiting_count(ctx.place)
    tabs = [
        {
            "label": name,
            "url": ctx.url("proposals", state=key),
            "current": key == state,
            "badge": waiting if key == "waiting" else 0,
        }
        for key, name in STATE_NAMES.items()
    ]
    page = queries.proposals(ctx.place, state, asked_page())
    return render(ctx, "proposals.html", page=page, state=state, tabs=tabs)


@pages.page("/proposals/<uuid:proposal_id>", permission=may.PROPOSAL_DECIDE, levels=DISTRICT)
def proposal(ctx: PageContext, proposal_id: UUID) -> Any:
    """One proposal, to be accepted or declined."""
    return _proposal_page(ctx, proposal_id)


@pages.page(
    "/proposals/<uuid:proposal_id>/accept",
    permission=may.PROPOSAL_DECIDE,
    levels=DISTRICT,
    methods=["POST"],
)
def accept_proposal(ctx: PageContext, proposal_id: UUID) -> Any:
    """Enter the item."""
    form = _accept_form(queries.proposal(ctx.place, proposal_id))
    data = form.load(ctx.form, ctx.files)
    if data is None:
        return _proposal_page(ctx, proposal_id, accept=form), 422
    points, evidence = hundredths(data["points"]), data["evidence"]
    try:
        service.proposals.accept(ctx.actor, ctx.place, proposal_id, points, data["basis"], evidence)
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return _proposal_page(ctx, proposal_id, accept=form), error.status
    ctx.flash(_("The item is entered."))
    return ctx.redirect("proposal", proposal_id=proposal_id)


@pages.page(
    "/proposals/<uuid:proposal_id>/decline",
    permission=may.PROPOSAL_DECIDE,
    levels=DISTRICT,
    methods=["POST"],
)
def decline_proposal(ctx: PageContext, proposal_id: UUID) -> Any:
    """Leave it, for a reason."""
    form = Form.build(schemas.DeclineForm)
    data = form.load(ctx.form)
    if data is None:
        return _proposal_page(ctx, proposal_id, decline=form), 422
    try:
        service.proposals.decline(ctx.actor, ctx.place, proposal_id, data["reason"])
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return _proposal_page(ctx, proposal_id, decline=form), error.status
    ctx.flash(_("The proposal is declined."))
    return ctx.redirect("proposals")


def _proposal_page(
    ctx: PageContext,
    proposal_id: UUID,
    *,
    accept: Form | None = None,
    decline: Form | None = None,
) -> Any:
    offered = queries.proposal(ctx.place, proposal_id)
    return render(
        ctx,
        "proposal.html",
        offered=offered,
        accept=accept or _accept_form(offered),
        decline=decline or Form.build(schemas.DeclineForm),
    )


def _accept_form(offered: queries.Offered) -> Form:
    needed = offered.item.evidence_needed
    schema = schemas.EvidencedAcceptForm if needed else schemas.AcceptForm
    prefilled = {"points": exact(offered.item.most), "basis": offered.proposal.reason}
    return Form.build(schema, prefilled)
