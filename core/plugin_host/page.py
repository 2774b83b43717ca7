"""What a plugin's page knows: the place, the visitor, and how to answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from flask import flash as flask_flash
from flask import redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from core.accounts.actor import Actor
from core.errors import LinliError
from core.files.fields import SentFiles
from core.files.queries import get_download
from core.places.view import PlaceView
from core.plugin_host.coverage import Coverage, coverage
from core.plugin_host.settings import settings_of
from core.web.downloads import given_out
from core.web.forms import Form
from core.web.refusals import refuse


@dataclass(frozen=True)
class PageContext:
    """Handed to every view and slot of a plugin.

    ``actor`` is the signed-in person, or a visitor who holds nothing.
    """

    place: PlaceView
    trail: tuple[PlaceView, ...]
    actor: Actor
    plugin: str

    def can(self, permission: str) -> bool:
        """Say whether the visitor holds ``permission`` at this place."""
        return self.actor.can(permission, self.place)

    def can_at(self, permission: str, place: PlaceView) -> bool:
        """Say whether the visitor holds ``permission`` at another place."""
        return self.actor.can(permission, place)

    def url(self, endpoint: str, **values: Any) -> str:
        """Return the address of one of this plugin's pages at this place."""
        return self.url_at(self.place.code, endpoint, **values)

    def url_at(self, place_code: str, endpoint: str, **values: Any) -> str:
        """Return the address of one of this plugin's pages at another place.

        Whether the plugin is active there, and the page is one of that level, is the caller's
        to know.
        """
        return url_for(f"{blueprint_name(self.plugin)}.{endpoint}", place_code=place_code, **values)

    def render(self, template: str, **values: Any) -> Markup:
        """Render a template of this plugin; it gets the context as ``ctx``."""
        return Markup(render_template(f"{self.plugin}/{template}", ctx=self, **values))  # noqa: S704

    def redirect(self, endpoint: str, **values: Any) -> Response:
        """Send the browser on, after something was done (303)."""
        return redirect(self.url(endpoint, **values), 303)

    def download(self, stored_file: UUID) -> Response:
        """Answer with a file that this plugin keeps at this place, above or below it.

        Whether this visitor may read it is the caller's to know. Photos show in the browser, a
        PDF is saved; neither can run anything.

        Raises:
            NotFound: there is none, or it is another plugin's, or kept elsewhere.
        """
        return given_out(get_download(stored_file, self.plugin, self.trail))

    def job_url(self, job_id: UUID) -> str:
        """Return the address of the page on which a started job shows how far it is."""
        return f"{self.place.url}jobs/{job_id}"

    def flash(self, message: Any, kind: str = "success") -> None:
        """Show ``message`` on the next page; ``kind`` is success, info, warning or error."""
        flask_flash(str(message), kind)

    def refused(self, form: Form, error: LinliError) -> None:
        """Undo what was begun, record the refusal, and show it in ``form`` beside its field."""
        refuse(form, error)

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """This plugin's settings in force at this place; read once for this page."""
        return settings_of(self.plugin, self.place)

    @cached_property
    def coverage(self) -> Coverage:
        """Which communities below this place have this plugin, and which are missing.

        Empty at a community and below one; read once for this page.
        """
        if self.place.kind not in ("district", "street"):
            return Coverage()
        return coverage(self.plugin, self.place)

    @property
    def method(self) -> str:
        return request.method

    @property
    def form(self) -> MultiDict[str, str]:
        """What was posted."""
        return request.form

    @cached_property
    def files(self) -> SentFiles:
        """What was posted as files, for :meth:`Form.load`."""
        return SentFiles(self.actor, self.place, self.plugin, request.form, request.files)

    @property
    def query(self) -> MultiDict[str, str]:
        """What stands behind the ``?`` of the address."""
        return request.args


def contexts(
    place: PlaceView, trail: tuple[PlaceView, ...], actor: Actor
) -> Callable[[str], PageContext]:
    """Return what gives a plugin's id its context of this page.

    Filled past the constructor: that of a frozen class takes twice as long, and a hook has but a
    microsecond.
    """

    new = object.__new__

    def made(plugin: str) -> PageContext:
        context = new(PageContext)
        fields = context.__dict__
        fields["place"], fields["trail"] = place, trail
        fields["actor"], fields["plugin"] = actor, plugin
        return context

    return made


def blueprint_name(plugin: str) -> str:
    """Return the name of a plugin's blueprint in the application."""
    return f"plugin-{plugin}"
