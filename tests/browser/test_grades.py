"""The housing office enters items and decides a proposal; a resident sees the grade and why.

The story runs once for each size and language, on the five companies of the demo.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.sdk import today
from tests.browser.test_story import Inspect, arrive, sign_in

DISTRICT, COMMUNITY = "510114", "510114001018"
COMPANY, SERVED = "丰和物业服务有限公司（示例）", "510114001004"
PAPER = {"name": "表彰决定.pdf", "mimeType": "application/pdf"}
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.mark.timeout(300)
def test_the_story_of_a_grade(
    base_url: str,
    open_context: Callable[[], BrowserContext],
    inspect: Inspect,
    view: tuple[str, str],
) -> None:
    here = f"{base_url}/{DISTRICT}/red_property"
    page = open_context().new_page()
    sign_in(page, base_url, DISTRICT, "housing")
    page.goto(f"{here}/")
    inspect(page, "71-grades")
    company = arrive(page, f"main table a:has-text('{COMPANY}')").split("?")[0]
    inspect(page, "72-company")
    before = _score(page)
    page.goto(f"{company}/items/new")
    inspect(page, "73-choose-item")
    arrive(page, "main tr:has-text('G3') a")
    page.fill("#field-points", "50")
    page.fill("#field-basis", "成都市住建局表彰决定")
    page.fill("#field-occurred_on", today().isoformat())
    page.set_input_files("#field-evidence", {**PAPER, "buffer": PDF})
    arrive(page, "main form.form .btn-primary")
    expect(page.locator(".field-errors")).to_have_count(1)
    expect(page.locator("main form.form")).to_contain_text(PAPER["name"])
    inspect(page, "74-item-refused")
    page.fill("#field-points", "5")
    arrive(page, "main form.form .btn-primary")
    inspect(page, "75-item-entered")
    page.goto(company)
    assert _score(page) == before + 5

    resident = open_context().new_page()
    resident.goto(f"{base_url}/{SERVED}/red_property/open")
    inspect(resident, "76-who-looks-after-us")
    arrive(resident, f"main a:has-text('{COMPANY}')")
    inspect(resident, "77-public-receipt")
    assert _score(resident) == before + 5
    expect(resident.locator("main")).not_to_contain_text("成都市住建局表彰决定")
    resident.goto(f"{base_url}/{SERVED}/red_property/open/method")
    inspect(resident, "78-method")
    resident.goto(f"{base_url}/{COMMUNITY}")
    inspect(resident, "79-public-community")

    item = arrive(page, "main tr:has-text('G3') a[href*='/items/'] >> nth=0")
    inspect(page, "80-item")
    page.goto(f"{item}/end")
    inspect(page, "81-end")
    page.select_option("#field-kind", "revoked")
    page.fill("#field-reason", "表彰决定已撤销")
    arrive(page, "form.confirm .btn-danger")
    page.goto(company)
    assert _score(page) == before
    page.goto(f"{company}/items")
    inspect(page, "82-items")

    page.goto(f"{here}/proposals")
    inspect(page, "83-proposals")
    waiting = page.locator("main table tbody tr").count()
    assert waiting >= 1
    arrive(page, "main table a[href*='/proposals/'] >> nth=0")
    inspect(page, "84-proposal")
    if view[0] == "desk":
        page.fill("form[action$='/accept'] #field-points", "3")
        page.fill("form[action$='/accept'] #field-basis", "街道社区评比结果公告")
        arrive(page, "form[action$='/accept'] .btn-primary")
    else:
        page.fill("form[action$='/decline'] #field-reason", "与公司服务无关")
        arrive(page, "form[action$='/decline'] button")
    page.goto(f"{here}/proposals")
    expect(page.locator("main table tbody tr")).to_have_count(waiting - 1)
    page.goto(f"{here}/methods")
    inspect(page, "85-methods")
    page.goto(f"{here}/methods/shipped/lianyungang_2018")
    inspect(page, "86-another-method")


def _score(page: Page) -> Decimal:
    """Return the score of a receipt, which adds up."""
    text = page.locator("main .grade-sum").inner_text()
    total, parts = text.split(" = ")
    terms = parts.replace("−", "-").replace("+ ", "+").replace("- ", "-").split()
    assert Decimal(total) == sum(map(Decimal, terms))
    return Decimal(total)
