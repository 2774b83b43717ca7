"""Verbs about one person: look what is held, hand it out, erase it. All or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from flask_babel import lazy_gettext as _

from core.accounts.actor import Actor
from core.accounts.permissions import PERSON_ERASE, PERSON_EXPORT
from core.audit import Attempt, attempt
from core.errors import Conflict, Invalid
from core.places.models import Place
from core.plugin_host.contract import ErasureContext
from core.plugin_host.dispatch import vetoes
from core.plugin_host.host import PluginHost
from core.privacy import account, handlers
from core.privacy.contract import Counts, Section, Subject

LOOK = "core.person.look"


def look_up_person(
    actor: Actor, host: PluginHost, district: Place, subject: Subject
) -> list[Section]:
    """Return what is held about a person in the whole district, to be counted before an act.

    Raises:
        Forbidden: the actor may not export personal data there.
        HandlerFailed: a plugin could not answer.
    """
    with _act(actor, LOOK, district, subject) as act:
        return _gathered(act, host, district, subject)


def export_person(
    actor: Actor, host: PluginHost, district: Place, subject: Subject
) -> list[Section]:
    """Return everything that core and every plugin hold about a person in the district.

    The right to a copy: Personal Information Protection Law, art. 45.

    Raises:
        Forbidden: the actor may not export personal data there.
        HandlerFailed: a plugin could not answer.
    """
    with _act(actor, PERSON_EXPORT, district, subject) as act:
        return _gathered(act, host, district, subject)


def erase_person(actor: Actor, host: PluginHost, district: Place, subject: Subject) -> Counts:
    """Erase a person everywhere in the district; return how much, by section.

    Ledgers and the audit log stay: a ledger without the name, the log with the names of those who
    acted, since it may not be altered. Once more, and every count is zero. The right to erasure:
    Personal Information Protection Law, art. 47.

    Raises:
        Forbidden: the actor may not erase personal data there.
        Conflict: a plugin objects, or the district would lose its last administrator.
        HandlerFailed: a plugin failed; nothing is erased anywhere.
    """
    with _act(actor, PERSON_ERASE, district, subject) as act:
        actor.require(PERSON_ERASE, district)
        _refuse_vetoed(host, ErasureContext(actor, subject), district)
        kept: dict[str, int] = {}
        for plugin, handler in handlers.keeping(host):
            kept |= handlers.counts(host, plugin, partial(handler.erase_person, actor, subject))
        erased = {**account.erase(subject, district), **kept}
        act.after = {"counts": erased}
    return erased


def titles(host: PluginHost, subject: Subject) -> dict[str, str]:
    """Return what people call the sections held about a person, by key; nothing of their rows.

    Raises:
        HandlerFailed: a plugin could not answer.
    """
    return {section.key: str(section.title) for section in _sections(host, subject)}


def _gathered(act: Attempt, host: PluginHost, district: Place, subject: Subject) -> list[Section]:
    act.actor.require(PERSON_EXPORT, district)
    found = _sections(host, subject)
    act.after = {"counts": {section.key: len(section.rows) for section in found}}
    return found


def _sections(host: PluginHost, subject: Subject) -> list[Section]:
    found = account.sections(subject)
    for plugin, handler in handlers.keeping(host):
        found += handlers.sections(host, plugin, partial(handler.export_person, subject))
    return found


@contextmanager
def _act(actor: Actor, action: str, district: Place, subject: Subject) -> Iterator[Attempt]:
    with attempt(
        actor,
        action,
        object_type="person",
        object_id=account.pseudonym(subject),
        place_code=district.code,
    ) as act:
        if district.kind != "district":
            raise Invalid(_("Only the district does this."), field="place")
        yield act


def _refuse_vetoed(host: PluginHost, ctx: ErasureContext, district: Place) -> None:
    found = vetoes("linli_refuse_erasure", host.ready(), ctx, place_id=district.id)
    if found:
        raise Conflict(_("Not now. %(reasons)s.", reasons=host.objections(found)))
