"""Tables of Red property."""

from plugins.red_property.models.base import Base
from plugins.red_property.models.ledger import (
    ENDING_KINDS,
    PROPOSAL_STATES,
    Ending,
    EndingKind,
    Entry,
    Proposal,
    ProposalState,
)
from plugins.red_property.models.methods import (
    Method,
    MethodItem,
    MethodLevel,
    MethodSection,
)

__all__ = [
    "ENDING_KINDS",
    "PROPOSAL_STATES",
    "Base",
    "Ending",
    "EndingKind",
    "Entry",
    "Method",
    "MethodItem",
    "MethodLevel",
    "MethodSection",
    "Proposal",
    "ProposalState",
]
