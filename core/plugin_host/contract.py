"""What a plugin hands to core: a manifest, and frozen descriptions of what it contributes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from markupsafe import Markup
from sqlalchemy import MetaData

from core.accounts.actor import Actor
from core.accounts.permissions import Permission
from core.api.contract import Resources
from core.events.contract import Event, Subscription
from core.indicators.contract import Indicator
from core.jobs.contract import JobType
from core.places.view import PlaceView
from core.privacy.contract import PersonalDataHandlers, Subject
from core.web.forms import FormSchema

Level = Literal["community", "street", "district"]
LEVELS: tuple[Level, ...] = ("community", "street", "district")
LONGEST_ID = 24
PLUGIN_ID = r"[a-z](?:_?[a-z0-9])*"

View = Callable[..., Any]


@dataclass(frozen=True)
class PersonalData:
    """One kind of personal data that a plugin keeps: what, why, and for how long."""

    what: Any
    why: Any
    kept: Any


@dataclass(frozen=True)
class Manifest:
    """Who the plugin is.

    Args:
        id: at most 24 of ``a–z``, ``0–9`` and single ``_``; also its URL segment, permission
            prefix, gettext domain and template folder; its tables begin with ``p_<id>__``.
        name: shown to people.
        summary: one sentence on what it does.
        icon: name of an icon of the shell.
        levels: the kinds of place at which it has pages.
        requires: ids of plugins that must be active for it; at a kind of place that such a plugin
            does not declare, it need only run and not be forbidden.
        personal_data: all personal data it keeps; shown before it is switched on.
        preview: what switching it on adds, one line each.
        settings: schema of its settings; every field has a default and a label. A place may set
            them, those below inherit, and each level may lock.
    """

    id: str
    name: Any
    summary: Any
    icon: str = "puzzle"
    levels: tuple[Level, ...] = ("community",)
    requires: tuple[str, ...] = ()
    personal_data: tuple[PersonalData, ...] = ()
    preview: tuple[Any, ...] = ()
    settings: type[FormSchema] | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(PLUGIN_ID, self.id) or len(self.id) > LONGEST_ID:
            raise ValueError(f"the id {self.id!r} is not 1–24 of a–z, 0–9 and single underscores")
        if self.id == "core":
            raise ValueError("the id 'core' is taken")
        if not self.levels or set(self.levels) - set(LEVELS):
            raise ValueError(f"levels must be some of {', '.join(LEVELS)}")

    @property
    def table_prefix(self) -> str:
        return f"p_{self.id}__"


@dataclass(frozen=True)
class Route:
    """One page: where, what shows it, and who may see it."""

    rule: str
    endpoint: str
    view: View
    methods: tuple[str, ...]
    permission: str | None
    levels: tuple[Level, ...] | None
    limit: str | tuple[str, str] | None = None


class Pages:
    """Collects a plugin's pages; core builds the blueprint and guards every one of them."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def page(
        self,
        rule: str,
        *,
        permission: str | None = None,
        public: bool = False,
        methods: Sequence[str] = ("GET",),
        levels: tuple[Level, ...] | None = None,
        limit: str | tuple[str, str] | None = None,
    ) -> Callable[[View], View]:
        """Add a page below ``/<place-code>/<plugin>``.

        Args:
            rule: a Werkzeug rule that begins with ``/``.
            permission: what one needs at that place; or
            public: everybody may see it.
            levels: kinds of place, of the manifest's, that have this page; by default all.
            limit: how often one address may be refused here (a status from 400 on), such as
                ``20 per 10 minutes``, before it is told to wait (429); against guessing. Of
                two, the second is how often all addresses together may be refused with the same
                arguments of the rule.

        The view is called with the page's context and the rule's arguments.
        """
        if (permission is None) != public:
            raise ValueError(f"page {rule!r} needs either a permission or public=True")

        def add(view: View) -> View:
            name = getattr(view, "__name__", "page")
            self.routes.append(Route(rule, name, view, tuple(methods), permission, levels, limit))
            return view

        return add


@dataclass(frozen=True)
class NavItem:
    """An entry of the menu: shown where the plugin is active and the permission is held.

    Args:
        endpoint: name of one of the plugin's page functions; where that page is not, by its
            levels, neither is the entry.
        public: shown to everybody on the place's public page instead of in the desk menu.
    """

    label: Any
    endpoint: str
    icon: str
    permission: str | None = None
    public: bool = False


@dataclass(frozen=True)
class Panel:
    """A box on a page of core: a title, its content, and where to read more.

    What ``ctx.render`` gives is markup; any other text is escaped.
    """

    title: Any
    body: Markup | str
    more_url: str | None = None


@dataclass(frozen=True)
class Tables:
    """A plugin's tables: the metadata of its own registry and the folder of its migrations."""

    metadata: MetaData
    versions: Path


@dataclass(frozen=True)
class DisableContext:
    """Handed to hooks that are asked before ``plugin`` is switched off at ``place``."""

    place: PlaceView
    actor: Actor
    plugin: str


@dataclass(frozen=True)
class ErasureContext:
    """Handed to hooks that are asked before what is held about a person is erased."""

    actor: Actor
    subject: Subject


@dataclass(frozen=True)
class Veto:
    """Why something must not happen now: one sentence for the person who wanted it."""

    reason: Any


@dataclass(frozen=True)
class Contribution:
    """Everything that one plugin contributes at start-up, gathered once.

    ``hooks`` are its implementations of hooks that are called later: slots, previews, decisions.
    """

    pages: Pages = field(default_factory=Pages)
    navigation: tuple[NavItem, ...] = ()
    permissions: tuple[Permission, ...] = ()
    tables: Tables | None = None
    actions: Mapping[str, Any] = field(default_factory=dict)
    resources: Resources | None = None
    events: tuple[type[Event], ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    jobs: tuple[JobType, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    personal_data: PersonalDataHandlers | None = None
    demo_data: Callable[[Any], None] | None = None
    hooks: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
