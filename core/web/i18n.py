"""Languages: msgids are English, Simplified Chinese is the default, both are complete."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from babel.dates import get_month_names
from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, get_domain, get_locale
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from core.clock import DISTRICT_ZONE, local
from core.web.programs import is_of_api

LANGUAGES: tuple[tuple[str, str], ...] = (("zh_Hans", "中文"), ("en", "English"))
DEFAULT = "zh_Hans"
SESSION_KEY = "locale"


def install(app: Flask) -> None:
    """Set up Flask-Babel with the district's time zone, the filters of days and times and ``_``."""
    Babel(
        app,
        default_locale=DEFAULT,
        default_timezone=str(DISTRICT_ZONE),
        default_translation_directories="translations",
        locale_selector=select_locale,
    )
    app.jinja_env.filters["day"] = day
    app.jinja_env.filters["moment"] = moment
    app.jinja_env.filters["span"] = span
    app.jinja_env.globals["_"] = text


def select_locale() -> str:
    """Return the visitor's choice, else what the browser asks for, else Chinese.

    Programs have no choice kept for them. Commands and jobs speak English.
    """
    if not has_request_context():
        return "en"
    if not is_of_api() and (chosen := session.get(SESSION_KEY)) in dict(LANGUAGES):
        return str(chosen)
    return best_of(request.accept_languages.values())


def best_of(asked: Iterable[str]) -> str:
    """Return the first of the languages asked for, best first, that there is."""
    ours = {"zh": "zh_Hans", "en": "en"}
    languages = (tag.replace("-", "_").partition("_")[0].lower() for tag in asked)
    return next((ours[language] for language in languages if language in ours), DEFAULT)


def current() -> str:
    """Return the language of this request: ``zh_Hans`` or ``en``."""
    return str(get_locale() or DEFAULT)


@pass_eval_context
def text(context: EvalContext, message: str, /, **values: Any) -> str:
    """Return a text of a template in this request's language, with ``%(name)s`` filled in.

    What Flask-Babel's own ``_`` does, without its search for the catalogue at every text, which
    took a tenth of a list's time.
    """
    found: str = _catalogue().ugettext(message)
    if context.autoescape:
        found = Markup(found)  # noqa: S704 - texts are ours; values are escaped.
    return found % values if "%" in found else found


def _catalogue() -> Any:
    """The catalogue of who speaks: core, or the plugin whose view or slot runs."""
    known: dict[Any, Any] = g.setdefault("catalogues", {})
    domain = get_domain()
    if domain not in known:
        known[domain] = domain.get_translations()
    return known[domain]


def day(value: date) -> str:
    """Show a day of the calendar: 2026年11月21日."""
    if current() == "en":
        month = get_month_names("abbreviated", locale="en")[value.month]
        return f"{value.day} {month} {value.year}"
    return f"{value.year}年{value.month}月{value.day}日"


def moment(value: datetime) -> str:
    """Show an aware moment as the district's wall time: 2026年11月21日 14:05."""
    at = local(value)
    comma = "," if current() == "en" else ""
    return f"{day(at)}{comma} {at:%H:%M}"


def span(begin: datetime, end: datetime) -> str:
    """Show from when to when; an end on the same day is only its time: 09:00–11:30."""
    if local(begin).date() == local(end).date():
        return f"{moment(begin)}–{local(end):%H:%M}"
    return f"{moment(begin)} – {moment(end)}"
