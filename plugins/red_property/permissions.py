"""What may be allowed in Red property, and what its acts are called in the audit log."""

from core.sdk import Permission
from plugins.red_property.texts import _

GRADE_VIEW = "red_property.grade.view"
ITEM_END = "red_property.item.end"
ITEM_ENTER = "red_property.item.enter"
METHOD_ADOPT = "red_property.method.adopt"
PROPOSAL_DECIDE = "red_property.proposal.decide"

PERMISSIONS = (
    Permission(
        GRADE_VIEW, _("See grades, receipts and items"), ("administrator", "staff", "viewer")
    ),
    Permission(ITEM_END, _("Revoke items and mark them rectified"), ("administrator", "staff")),
    Permission(ITEM_ENTER, _("Enter items for companies"), ("administrator", "staff")),
    Permission(METHOD_ADOPT, _("Adopt a rating method"), ("administrator",)),
    Permission(PROPOSAL_DECIDE, _("Accept and decline proposed items"), ("administrator", "staff")),
)

ACTIONS = {
    "red_property.entry": _("Item entered"),
    "red_property.event": _("Event of another application"),
    "red_property.grade.view": _("Opened the grades"),
    "red_property.item.end": _("Ended an item"),
    "red_property.item.enter": _("Entered an item"),
    "red_property.method": _("Rating method"),
    "red_property.method.adopt": _("Adopted a rating method"),
    "red_property.proposal": _("Proposed item"),
    "red_property.proposal.accept": _("Accepted a proposed item"),
    "red_property.proposal.decide": _("Opened the proposed items"),
    "red_property.proposal.decline": _("Declined a proposed item"),
    "red_property.proposal.offer": _("Proposed items for an event"),
}
