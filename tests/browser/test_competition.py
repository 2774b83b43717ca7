"""Dafeng Street holds a competition, and a resident reads why Chongyi Community came third.

The story runs once for each size and language, each time with a scheme and a season of its own
beside those of the demo. Hours come from Volunteer's demo data; neither plugin knows the other.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.sdk import today
from tests.browser.test_story import Inspect, arrive, sign_in

STREET, COMMUNITY = "510114001", "510114001018"
MARKS = {"510114001014": 99, "510114001009": 97, COMMUNITY: 95}
"""Those who lead; everybody else gets 70."""
INSPECTION, OFFICE = "检查组", "街道办事处"


@pytest.mark.timeout(300)
def test_the_story_of_a_competition(
    base_url: str,
    open_context: Callable[[], BrowserContext],
    inspect: Inspect,
    view: tuple[str, str],
) -> None:
    here = f"{base_url}/{STREET}/evaluation"
    page = open_context().new_page()
    sign_in(page, base_url, "510114", "dafeng")
    page.goto(f"{here}/")
    inspect(page, "51-competitions")
    page.goto(f"{here}/schemes/templates")
    inspect(page, "52-templates")
    scheme = arrive(page, "main form:has([value=community_year]) button")
    inspect(page, "53-scheme-draft")
    _refuse_weights_of_99(page, scheme, inspect)
    page.goto(f"{scheme}/rules")
    page.select_option("#field-rhythm", "once")
    page.fill("#field-objections_to", "大丰街道办事处社区发展办公室")
    arrive(page, "main form.form .btn-primary")
    arrive(page, "main form[action$='/publish'] button")
    inspect(page, "55-scheme-published")

    page.goto(f"{scheme}/open")
    inspect(page, "56-open-season")
    page.fill("#field-title", f"{today().year} 年度社区评比 {'-'.join(view)}")
    page.fill("#field-begins_on", f"{today().year}-01-01")
    season = arrive(page, "main form.form .btn-primary")
    for name, role in (("高翔", INSPECTION), ("沈洁", INSPECTION), ("陈立", OFFICE)):
        _appoint(page, season, name, role)
    inspect(page, "57-season-open")

    for number, inspector in enumerate(("inspector-1", "inspector-2")):
        phone = open_context().new_page()
        sign_in(phone, base_url, "510114", inspector)
        _score(phone, here, season, inspect if number == 0 else None)
    page.goto(f"{here}/scoring/{season.rsplit('/', 1)[1]}/1/sheet")
    _fill(page, "complaints", lambda code: "0" if code in MARKS else "6")
    for box in page.locator("main select[name$='-safety']").all():
        box.select_option("0")
    arrive(page, "main form .btn-primary")

    page.goto(f"{season}/lock")
    arrive(page, "form.confirm .btn-primary")
    expect(page.locator(".field-errors")).to_have_count(1)
    inspect(page, "61-lock-refused")
    page.fill("#field-reason", "年终检查已全部完成")
    arrive(page, "form.confirm .btn-primary")
    page.goto(season)
    arrive(page, "main form[action$='/compute'] button")
    inspect(page, "62-league")
    page.goto(f"{season}/notice")
    inspect(page, "63-notice")
    arrive(page, "form.confirm .btn-primary")
    page.goto(season)
    inspect(page, "64-season-on-notice")
    assert page.goto(f"{season}/award").status == 200  # type: ignore[union-attr]
    arrive(page, "form.confirm .btn-primary")
    expect(page.locator(".error-summary")).to_have_count(1)

    _resident_reads_why(open_context().new_page(), base_url, season, inspect)


def _refuse_weights_of_99(page: Page, scheme: str, inspect: Inspect) -> None:
    arrive(page, "main table a[href*='/criteria/'] >> nth=0")
    whole = page.input_value("#field-weight")
    page.fill("#field-weight", str(Decimal(whole) - 1))
    arrive(page, "main form.form .btn-primary")
    page.goto(scheme)
    arrive(page, "main form[action$='/publish'] button")
    expect(page.locator(".error-summary")).to_contain_text("99.00")
    inspect(page, "54-weights-of-99")
    arrive(page, "main table a[href*='/criteria/'] >> nth=0")
    page.fill("#field-weight", whole)
    arrive(page, "main form.form .btn-primary")


def _appoint(page: Page, season: str, name: str, role: str) -> None:
    page.goto(season)
    options = page.locator("#field-user_id option").all()
    chosen = next(one for one in options if name in one.inner_text())
    page.select_option("#field-user_id", chosen.get_attribute("value"))
    page.select_option("#field-role", role)
    arrive(page, "#scorers form.form button")


def _score(page: Page, here: str, season: str, inspect: Inspect | None) -> None:
    """One community by its own form, as on the stairs; the others in the table."""
    mine = f"{here}/scoring/{season.rsplit('/', 1)[1]}/1"
    page.goto(f"{here}/scoring")
    if inspect:
        inspect(page, "58-my-scoring")
    page.goto(f"{mine}/{COMMUNITY}")
    page.fill("#field-score-environment", "100.5")
    page.fill("#field-score-service", str(MARKS[COMMUNITY]))
    arrive(page, "main form .btn-primary")
    expect(page.locator(".field-errors")).to_have_count(1)
    if inspect:
        inspect(page, "59-score-refused")
    expect(page.locator("#field-score-service")).to_have_value(str(MARKS[COMMUNITY]))
    page.fill("#field-score-environment", "９５")
    arrive(page, "main form .btn-primary")
    page.goto(f"{mine}/sheet")
    if inspect:
        inspect(page, "60-sheet")
    for key in ("environment", "service"):
        _fill(page, key, lambda code: str(MARKS.get(code, 70)))
    arrive(page, "main form .btn-primary")


CODES = tuple(f"{STREET}{number:03}" for number in (4, *range(7, 21)))


def _fill(page: Page, key: str, value: Callable[[str], str]) -> None:
    """Fill one column of the table of scores, whose rows are the street's communities in order."""
    cells = page.locator(f"main input.form-control[name$='-{key}']").all()
    assert len(cells) == len(CODES)
    for cell, code in zip(cells, CODES, strict=True):
        cell.fill(value(code))


def _resident_reads_why(page: Page, base_url: str, season: str, inspect: Inspect) -> None:
    key = season.rsplit("/", 1)[1]
    page.goto(f"{base_url}/{COMMUNITY}")
    inspect(page, "65-public-community")
    page.goto(f"{base_url}/{STREET}/evaluation/open")
    inspect(page, "66-public-competitions")
    page.goto(f"{base_url}/{STREET}/evaluation/open/{key}")
    inspect(page, "67-public-league")
    page.goto(f"{base_url}/{COMMUNITY}/evaluation/open/{key}/{COMMUNITY}")
    inspect(page, "68-public-why")
    shown = page.eval_on_selector_all(
        "main .sum-total, main .sum-term", "all => all.map(one => one.firstChild.textContent)"
    )
    total, *points = map(Decimal, shown)
    assert len(points) == 4
    assert total == sum(points)
    assert page.locator("main .plain-hint").first.inner_text() in (
        "第 3 名，共 15 个。",
        "Rank 3 of 15.",
    )
