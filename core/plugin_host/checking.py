"""What a plugin's contributions must be like before any of them is used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import is_dataclass
from itertools import chain

from marshmallow import ValidationError, missing
from sqlalchemy import MetaData
from sqlalchemy.orm.mapper import _all_registries

from core.db import Base
from core.migrate import RIGHTS
from core.plugin_host.contract import Contribution, Manifest
from core.web.assets import ICONS
from core.web.forms import Form, FormSchema

PUBLISHED_TABLES = frozenset({"organisation", "place", "stored_file", "user_account"})


class PluginRefused(Exception):
    """Why a plugin cannot run; the message is for its author and the operator."""


def check(manifest: Manifest, contribution: Contribution) -> None:
    """Look at everything that ``contribution`` brings.

    Raises:
        PluginRefused: with what its author has to mend.
    """
    _check_tables(manifest, contribution)
    _check_pages(manifest, contribution)
    _check_resources(manifest, contribution)
    _check_texts(manifest, contribution)
    _check_names(manifest, contribution)
    _check_settings(manifest)
    _check_personal_data(manifest, contribution)


def _check_tables(manifest: Manifest, contribution: Contribution) -> None:
    if contribution.tables is None:
        return
    metadata = contribution.tables.metadata
    for table in metadata.tables.values():
        if table.info.get("access", "full") not in RIGHTS:
            raise PluginRefused(f"{table.name!r} has an unknown access {table.info['access']!r}")
    if metadata is Base.metadata:
        raise PluginRefused("its tables must be in a registry of its own")
    for table in metadata.tables.values():
        if not table.name.startswith(manifest.table_prefix):
            raise PluginRefused(f"table {table.name!r} does not begin with {manifest.table_prefix}")
        if [column.name for column in table.primary_key][:1] != ["tenant_id"]:
            raise PluginRefused(f"the primary key of {table.name!r} does not begin with tenant_id")
        for key in table.foreign_key_constraints:
            if key.column_keys[0] != "tenant_id":
                raise PluginRefused(f"a foreign key of {table.name!r} does not name the tenant")
            other = key.referred_table.name
            if other not in metadata.tables and other not in PUBLISHED_TABLES:
                raise PluginRefused(f"{table.name!r} refers to {other!r}, which is not published")
    _configure_mappers(metadata)


def _configure_mappers(metadata: MetaData) -> None:
    """Resolve the plugin's relationships now, not in the middle of somebody's first request.

    SQLAlchemy has no public list of its registries; tests/core/plugin_host covers the private one.
    """
    tables = set(metadata.tables.values())
    for registry in _all_registries():
        if any(mapper.local_table in tables for mapper in registry.mappers):
            registry.configure()


def _check_texts(manifest: Manifest, contribution: Contribution) -> None:
    for name in contribution.actions:
        if not name.startswith(f"{manifest.id}."):
            raise PluginRefused(f"the act {name!r} does not begin with {manifest.id}.")
    for icon in (manifest.icon, *(item.icon for item in contribution.navigation)):
        if icon not in ICONS:
            raise PluginRefused(f"there is no icon {icon!r}; see core.web.assets.ICONS")


def _check_pages(manifest: Manifest, contribution: Contribution) -> None:
    declared = {permission.name for permission in contribution.permissions}
    endpoints = {route.endpoint for route in contribution.pages.routes}
    if len(endpoints) != len(contribution.pages.routes):
        raise PluginRefused("two pages have functions of the same name")
    for route in contribution.pages.routes:
        if not route.rule.startswith("/"):
            raise PluginRefused(f"the page {route.rule!r} does not begin with /")
        if route.permission is not None and route.permission not in declared:
            raise PluginRefused(f"the page {route.rule!r} needs an undeclared {route.permission!r}")
        if route.levels is not None and set(route.levels) - set(manifest.levels):
            raise PluginRefused(f"the page {route.rule!r} has levels that the manifest lacks")
    for item in contribution.navigation:
        if item.endpoint not in endpoints:
            raise PluginRefused(f"a menu entry leads to the unknown page {item.endpoint!r}")
        if item.permission is not None and item.permission not in declared:
            raise PluginRefused(f"a menu entry needs an undeclared {item.permission!r}")


def _check_resources(manifest: Manifest, contribution: Contribution) -> None:
    if contribution.resources is None:
        return
    declared = {permission.name for permission in contribution.permissions}
    reads = {o.endpoint for o in contribution.resources.operations if o.method == "GET"}
    seen: set[str] = set()
    for operation in contribution.resources.operations:
        what = f"the resource {operation.method} {operation.rule!r}"
        if not operation.rule.startswith("/") or operation.rule.endswith("/"):
            raise PluginRefused(f"{what} does not begin with / and go on to a name")
        if operation.endpoint in seen:
            raise PluginRefused(f"two resources have functions named {operation.endpoint!r}")
        seen.add(operation.endpoint)
        for permission in (operation.permission, *operation.also):
            if permission not in declared:
                raise PluginRefused(f"{what} needs an undeclared {permission!r}")
        if operation.current is not None and operation.current not in reads:
            raise PluginRefused(f"{what} is guarded by {operation.current!r}, which reads nothing")
        if operation.levels is not None and set(operation.levels) - set(manifest.levels):
            raise PluginRefused(f"{what} has levels that the manifest lacks")


def _check_names(manifest: Manifest, contribution: Contribution) -> None:
    for event in contribution.events:
        if not is_dataclass(event):
            raise PluginRefused(f"the event {event.__name__} is no dataclass")
    owned = chain(
        (("event", event.name) for event in contribution.events),
        (("job", job.name) for job in contribution.jobs),
        (("indicator", indicator.id) for indicator in contribution.indicators),
    )
    for kind, name in owned:
        if not name.startswith(f"{manifest.id}."):
            raise PluginRefused(f"the {kind} {name!r} does not begin with {manifest.id}.")
    for job in contribution.jobs:
        if job.levels is not None and set(job.levels) - set(manifest.levels):
            raise PluginRefused(f"the job {job.name!r} has levels that the manifest lacks")
    _refuse_repeated("event", (event.name for event in contribution.events))
    _refuse_repeated("job", (job.name for job in contribution.jobs))
    _refuse_repeated("indicator", (indicator.id for indicator in contribution.indicators))
    _refuse_repeated("subscription", (wish.name for wish in contribution.subscriptions))


def _refuse_repeated(kind: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise PluginRefused(f"the {kind} {name!r} is contributed twice")
        seen.add(name)


def _check_settings(manifest: Manifest) -> None:
    if manifest.settings is None:
        return
    schema = manifest.settings()
    if schema.fields.keys() != schema.load_fields.keys() & schema.dump_fields.keys():
        raise PluginRefused("a setting is neither load_only nor dump_only")
    for name, field in schema.load_fields.items():
        if field.load_default is missing:
            raise PluginRefused(f"the setting {name!r} has no default (load_default)")
        if "label" not in field.metadata:
            raise PluginRefused(f"the setting {name!r} has no label in its metadata")
        if field.data_key is not None or field.attribute is not None:
            raise PluginRefused(f"the setting {name!r} has a second name")
    _check_defaults(schema)


def _check_defaults(schema: FormSchema) -> None:
    """See that a form can show the settings, and that the schema accepts its own defaults."""
    try:
        Form.build(schema)
    except TypeError as error:
        raise PluginRefused(f"no form can be made of its settings: {error}") from error
    try:
        schema.load(schema.dump(schema.load({})))
    except ValidationError as error:
        keys = ", ".join(map(str, error.messages_dict))
        raise PluginRefused(f"its settings refuse their own defaults: {keys}") from error


def _check_personal_data(manifest: Manifest, contribution: Contribution) -> None:
    if manifest.personal_data and contribution.personal_data is None:
        raise PluginRefused("it keeps personal data but has no linli_personal_data")
