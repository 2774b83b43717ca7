"""What tests of pages need: browsers of people who score, and what a page says."""

from __future__ import annotations

import html
import re
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from core.accounts import service as accounts
from core.accounts.actor import Actor
from core.accounts.models import UserAccount
from core.audit import attempt
from core.db import db
from core.testing import world
from core.testing.world import SYSTEM, Browser
from plugins.evaluation.models import Season
from tests.plugins.evaluation.town import Town

ENGLISH = {"Accept-Language": "en"}


def browser_of(town: Town, actor: Actor) -> Browser:
    """Return the signed-in browser of somebody that the town made; call it outside ``entered``."""
    with town.district.entered():
        user = db.session.execute(select(UserAccount).filter_by(id=actor.id)).scalar_one()
        with attempt(
            SYSTEM,
            "core.session.open",
            object_type="user_account",
            object_id=user.id,
            place_code=town.district.code,
        ):
            ticket = accounts.open_session(user)
    return world.browser(town.district.app, ticket)


def send(browser: Browser, url: str, **entries: Any) -> Any:
    """Post a form in English."""
    return browser.send(url, entries, headers=ENGLISH)


def done(browser: Browser, url: str, **entries: Any) -> str:
    """Post a form that is accepted; return where it leads."""
    answer = send(browser, url, **entries)
    assert answer.status_code == 303, (url, refusals(answer.text))
    return str(answer.location)


def filled(browser: Browser, url: str) -> dict[str, str]:
    """Return what a page of scores would send if nothing was changed."""
    page = browser.get(url, headers=ENGLISH).text
    names = re.findall(r'<input[^>]* name="((?:shown-)?(?:score|remark)-[\w-]+)"', page)
    selects = re.findall(r'<select[^>]* name="(score-[\w-]+)"[^>]*>(.*?)</select>', page, re.DOTALL)
    chosen = {name: re.search(r'value="(\d)" selected', inside) for name, inside in selects}
    return {name: value(page, name) for name in names} | {
        name: found[1] if found else "" for name, found in chosen.items()
    }


def read(browser: Browser, url: str, status: int = 200) -> str:
    """Return a page in English as one line of text."""
    answer = browser.get(url, headers=ENGLISH)
    assert answer.status_code == status, url
    return text(answer.text)


def text(page: str) -> str:
    """Return what stands between the tags of a page's main part, on one line."""
    main = page.partition("<main")[2] or page
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def refusals(page: str) -> dict[str, str]:
    """Return what a page says beside its fields, and under "" what belongs to none."""
    found = {
        field: text(inner)
        for field, inner in re.findall(
            r'<div class="field-errors" id="field-([\w-]+)-errors">(.*?)</div>', page, re.DOTALL
        )
    }
    summary = re.search(r'<div class="error-summary".*?</div>', page, re.DOTALL)
    whole = text(summary[0].partition("<h2>")[0]) if summary else ""
    return found | ({"": whole} if whole else {})


def value(page: str, field: str) -> str:
    """Return what a page shows in an input."""
    tag = re.search(rf'<input[^>]* name="{field}"[^>]*>', page, re.DOTALL)
    assert tag, field
    found = re.search(r' value="([^"]*)"', tag[0])
    return html.unescape(found[1]) if found else ""


def notice_was(town: Town, season_id: UUID, begun: Any, ends: Any, objections: Any) -> None:
    """Let a season's public notice have run on other days, behind the application's back."""
    table: Any = Season.__table__
    with town.district.entered():
        db.session.connection().execute(
            update(table)
            .where(table.c.tenant_id == town.district.tenant, table.c.id == season_id)
            .values(notice_begins_on=begun, notice_ends_on=ends, objections_end_on=objections)
        )
