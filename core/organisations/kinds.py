"""Kinds of organisations: what they are called, and what goes without saying about them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from core.organisations.models import OrganisationKind

KINDS: dict[OrganisationKind, Any] = {
    "property_company": _("Property service company"),
    "owners_committee": _("Owners' committee"),
    "residents_committee": _("Residents' committee"),
    "party_organisation": _("Party organisation"),
    "supervision_committee": _("Supervision committee"),
    "social_organisation": _("Social organisation"),
    "company": _("Other company"),
    "public_institution": _("Public institution"),
    "other": _("Other organisation"),
}
ALWAYS_CODED = frozenset({"property_company", "company"})
"""Kinds of which every one has a unified social credit code."""
SERVING_ANYWHERE: tuple[OrganisationKind, ...] = (
    "property_company",
    "company",
    "social_organisation",
    "public_institution",
)
"""Kinds that serve beyond the place that keeps them, so that others find them by their code.

One of these is entered once for the whole district, which alone corrects its name and code.
"""
