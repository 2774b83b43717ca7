"""Reads of Red property."""

from plugins.red_property.queries.grades import (
    NOT_GRADED,
    Grade,
    Overview,
    Share,
    distribution,
    grade_of,
    grades,
    overview,
)
from plugins.red_property.queries.lines import Line, Why, entered, entries, entry, expiring
from plugins.red_property.queries.methods import (
    ChosenItem,
    MethodDetail,
    district_code,
    item,
    items,
    method,
    method_at,
    method_detail,
    methods,
)
from plugins.red_property.queries.proposals import Offered, proposal, proposals, waiting_count
from plugins.red_property.queries.receipts import Receipt, ReceiptSection, receipt, without
from plugins.red_property.queries.scores import COMPANY, is_company

__all__ = [
    "COMPANY",
    "NOT_GRADED",
    "ChosenItem",
    "Grade",
    "Line",
    "MethodDetail",
    "Offered",
    "Overview",
    "Receipt",
    "ReceiptSection",
    "Share",
    "Why",
    "distribution",
    "district_code",
    "entered",
    "entries",
    "entry",
    "expiring",
    "grade_of",
    "grades",
    "is_company",
    "item",
    "items",
    "method",
    "method_at",
    "method_detail",
    "methods",
    "overview",
    "proposal",
    "proposals",
    "receipt",
    "waiting_count",
    "without",
]
