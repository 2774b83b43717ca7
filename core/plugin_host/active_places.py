"""Where a plugin is active now, as a condition in SQL: the gate's predicate for all places."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, and_, exists, false, func, select
from sqlalchemy.orm import aliased

from core.places.codes import OFFICIAL, Kind
from core.places.models import Place
from core.plugin_host.activation import Switches, activation, meets
from core.plugin_host.host import PluginHost
from core.plugin_host.models import PluginEnablement

_COMMUNITY_DIGITS = max(OFFICIAL)


def where_active(
    host: PluginHost, plugin_id: str, kind: Kind, policies: Mapping[str, str]
) -> ColumnElement[bool]:
    """Return the condition that ``plugin_id`` is active at a row of ``Place``.

    Args:
        kind: of the rows' places; below a community, it is the community that counts.
        policies: the district's word on plugins.
    """
    official = kind in OFFICIAL.values()
    at, switches = kind if official else "community", Switches(policies=policies)
    if activation(host.get(plugin_id), at, switches).why == "other_level":
        return false()
    conditions = []
    for id_ in host.with_requirements(plugin_id):
        if activation(host.get(id_), at, switches).why == "off":
            conditions.append(_switched_on(id_, official))
        elif not meets(host.get(id_), at, switches):
            return false()
    return and_(True, *conditions)


def _switched_on(plugin_id: str, official: bool) -> ColumnElement[bool]:
    switched, community = aliased(PluginEnablement), aliased(Place)
    at = (
        Place.id
        if official
        else select(community.id)
        .where(community.code == func.left(Place.code, _COMMUNITY_DIGITS))
        .correlate(Place)
        .scalar_subquery()
    )
    return (
        exists()
        .where(
            switched.place_id == at,
            switched.plugin == plugin_id,
            switched.disabled_at.is_(None),
        )
        .correlate(Place)
    )
