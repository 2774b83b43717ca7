"""Verbs about one community's data in one plugin: hand it out, erase it, prove that it is gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from core import tenancy
from core.accounts.actor import Actor
from core.accounts.permissions import PERSON_ERASE, PERSON_EXPORT
from core.audit import Attempt, attempt
from core.clock import local
from core.db import db
from core.errors import Conflict, Invalid
from core.files.queries import files_of
from core.files.service import erase_files
from core.indicators.models import IndicatorValue
from core.places.models import Place
from core.places.view import PlaceView
from core.plugin_host.activation import Switches
from core.plugin_host.host import PluginHost
from core.plugin_host.loading import Installed
from core.plugin_host.queries import enabled_at, policies
from core.privacy import handlers
from core.privacy.contract import Counts, PersonalDataHandlers, Section

EXPORT = "core.community.export"
ERASE = "core.community.erase"
INDICATORS = "core.indicator_value"
FILES = "core.stored_file"


def export_community(actor: Actor, host: PluginHost, place: Place, plugin_id: str) -> list[Section]:
    """Return everything that a plugin holds for one community; of its files, what they are called.

    Raises:
        NotFound: no such plugin is installed (field ``plugin``).
        Invalid: ``place`` is not a community (field ``place``).
        Conflict: the plugin cannot run, or has no handlers.
        Forbidden: the actor may not export personal data there.
        HandlerFailed: the plugin failed.
    """
    with _act(actor, EXPORT, place, plugin_id) as act:
        plugin, handler = _handler(host, plugin_id)
        actor.require(PERSON_EXPORT, place)
        found = [*_exported(host, plugin, handler, place), _files(place.view, plugin)]
        act.after = {"counts": {section.key: len(section.rows) for section in found}}
    return found


def erase_community(
    actor: Actor, host: PluginHost, district: Place, place: Place, plugin_id: str
) -> Counts:
    """Erase all that a plugin holds for one community, ledgers included; return how much.

    Runs in ``tenancy.batch()``, the one way to delete from a ledger, and looks afterwards that
    nothing is left. Only for a district's administrator, where the plugin is switched off.

    Raises:
        NotFound: no such plugin is installed (field ``plugin``).
        Invalid: ``place`` is not a community (field ``place``).
        Conflict: the plugin is active there, cannot run, or has no handlers.
        Forbidden: the actor may not erase personal data in the whole district.
        HandlerFailed: the plugin failed or left rows behind; nothing is erased.
        TenancyError: outside of ``tenancy.batch()``.
    """
    if not tenancy.batching():
        raise tenancy.TenancyError("A community is erased inside tenancy.batch().")
    with _act(actor, ERASE, place, plugin_id) as act:
        plugin, handler = _handler(host, plugin_id)
        actor.require(PERSON_ERASE, district)
        db.session.execute(select(Place.id).filter_by(id=place.id).with_for_update())
        _refuse_active(host, plugin, place)
        view = place.view
        erased = dict(handlers.counts(host, plugin, lambda: handler.erase_community(actor, view)))
        _refuse_leftovers(host, plugin, _exported(host, plugin, handler, place))
        erased[FILES] = _erase_files(host, plugin, view)
        erased[INDICATORS] = _erase_indicators(plugin, place)
        act.after = {"counts": erased}
    return erased


@contextmanager
def _act(actor: Actor, action: str, place: Place, plugin_id: str) -> Iterator[Attempt]:
    with attempt(
        actor, action, object_type="plugin", object_id=plugin_id, place_code=place.code
    ) as act:
        if place.kind != "community":
            raise Invalid(
                _(
                    "Give a community. What a street or the district itself keeps is not covered:"
                    " it is handed out only with a dump of the database."
                ),
                field="place",
            )
        yield act


def _handler(host: PluginHost, plugin_id: str) -> tuple[Installed, PersonalDataHandlers]:
    plugin = host.get(plugin_id)
    if not plugin.ready or plugin.contribution is None:
        raise Conflict(_("This application cannot run at present."), field="plugin")
    if plugin.contribution.personal_data is None:
        raise Conflict(_("This application keeps no personal data."), field="plugin")
    return plugin, plugin.contribution.personal_data


def _exported(
    host: PluginHost, plugin: Installed, handler: PersonalDataHandlers, place: Place
) -> list[Section]:
    view = place.view
    return handlers.sections(host, plugin, lambda: handler.export_community(view))


def _refuse_active(host: PluginHost, plugin: Installed, place: Place) -> None:
    switches = Switches(enabled_at(place.id), policies())
    if plugin.id in switches.enabled or plugin.id in host.active(place.kind, switches):
        raise Conflict(_("Switch the application off there first."), field="plugin")


def _refuse_leftovers(host: PluginHost, plugin: Installed, left: list[Section]) -> None:
    if keys := [section.key for section in left if section.rows]:
        raise _left_behind(host, plugin, keys)


def _left_behind(host: PluginHost, plugin: Installed, keys: list[str]) -> handlers.HandlerFailed:
    return handlers.HandlerFailed(
        _(
            "%(name)s left something behind, so nothing was erased: %(keys)s.",
            name=host.name(plugin.id),
            keys=", ".join(keys),
        ),
        field="plugin",
    )


def _files(place: PlaceView, plugin: Installed) -> Section:
    rows = [
        {
            "id": str(file.id),
            "name": file.name,
            "media_type": file.media_type,
            "size": file.size,
            "sha256": file.digest,
            "created_at": local(file.created_at).isoformat(timespec="seconds"),
        }
        for file in files_of(place, plugin.id)
    ]
    return Section(FILES, _("Files"), rows)


def _erase_files(host: PluginHost, plugin: Installed, place: PlaceView) -> int:
    try:
        return erase_files(place, plugin.id)
    except IntegrityError as error:
        raise _left_behind(host, plugin, [FILES]) from error


def _erase_indicators(plugin: Installed, place: Place) -> int:
    measured = [item.id for item in plugin.contribution.indicators] if plugin.contribution else []
    gone = (
        delete(IndicatorValue)
        .where(IndicatorValue.place_id == place.id, IndicatorValue.indicator.in_(measured))
        .returning(IndicatorValue.period)
    )
    return len(db.session.execute(gone).all())
