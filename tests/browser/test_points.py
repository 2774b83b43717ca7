"""A community sets its own rule for points; helpers come, hours are confirmed, points land.

The story runs once for each size and language, each time in a community of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, expect

from core.clock import DISTRICT_ZONE
from tests.browser.test_story import ACTIVITY, Inspect, sign_in

COMMUNITIES = {
    ("desk", "zh"): "510114003004",
    ("desk", "en"): "510114003006",
    ("phone", "zh"): "510114003010",
    ("phone", "en"): "510114003011",
}


def typed(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M")


@pytest.mark.timeout(300)
def test_the_story_of_hours_and_points(
    base_url: str,
    open_context: Callable[[], BrowserContext],
    inspect: Inspect,
    view: tuple[str, str],
) -> None:
    code = COMMUNITIES[view]
    here = f"{base_url}/{code}"
    page = open_context().new_page()
    sign_in(page, base_url, "510114", "xindu")
    page.goto(f"{here}/-/apps")
    page.click("form[action$='/volunteer/enable'] button")

    page.goto(f"{here}/-/apps/volunteer/settings")
    inspect(page, "41-settings")
    page.fill("#field-points_per_hour", "1000")
    page.uncheck("[name=inherit-points_per_hour]")
    page.click("main form.form .btn-primary")
    expect(page.locator(".field-errors")).to_have_count(1)
    inspect(page, "42-settings-refused")
    page.fill("#field-points_per_hour", "2")
    page.click("main form.form .btn-primary")
    inspect(page, "43-settings-saved")

    page.goto(f"{here}/volunteer/")
    page.click("main a[href$='/volunteer/new'] >> nth=0")
    now = datetime.now(DISTRICT_ZONE)
    times = {
        "starts_at": typed(now - timedelta(hours=1)),
        "ends_at": typed(now + timedelta(hours=2)),
    }
    for name, value in (ACTIVITY | times).items():
        page.fill(f"#field-{name}", value)
    page.click("main form.form .btn-primary")
    page.click("form[action$='/publish'] button")
    detail = page.url
    for name, phone in (("王秀英", "13812345678"), ("刘建国", "13912345678")):
        page.fill("#field-name", name)
        page.fill("#field-phone", phone)
        page.click("form[action$='/sign-ups'] .btn-primary")

    page.goto(f"{detail}/attendance")
    inspect(page, "44-attendance")
    page.click("form[action$='/check-in'] button >> nth=0")
    page.goto(f"{detail}/code")
    inspect(page, "45-code")
    site = page.locator(".sheet-address").inner_text().strip()
    page.click("main a[href$='/code/new']")
    inspect(page, "45-new-code")
    page.click("form.confirm a.btn")
    expect(page.locator(".sheet-address")).to_have_text(site)

    helper = open_context().new_page()
    helper.goto(site)
    inspect(helper, "46-check-in")
    helper.fill("#field-phone", "13900000000")
    helper.click("button[name=in]")
    expect(helper.locator(".error-summary")).to_have_count(1)
    inspect(helper, "47-check-in-refused")
    for button in ("in", "out"):
        helper.goto(site)
        helper.fill("#field-phone", "139 1234 5678")
        helper.click(f"button[name={button}]")
        inspect(helper, f"48-checked-{button}")

    page.goto(f"{detail}/attendance")
    page.click("form[action$='/check-out'] button")
    for field in page.locator("input[name^='hours-']").all():
        field.fill("25")
    page.click("form#hours button")
    expect(page.locator(".field-errors")).to_have_count(2)
    inspect(page, "49-hours-refused")
    page.click("main a[href$='/hours/all']")
    inspect(page, "49-confirm-all")
    page.click("form.confirm a.btn")
    for field in page.locator("input[name^='hours-']").all():
        field.fill("1.5")
    page.click("form#hours button")
    inspect(page, "50-hours-confirmed")
    page.goto(f"{here}/volunteer/people")
    inspect(page, "51-volunteers")
    page.click("main table a >> nth=0")
    expect(page.locator("main")).to_contain_text("3")
    inspect(page, "52-statement")

    page.goto(f"{here}/-/")
    inspect(page, "53-desk")
    resident = open_context().new_page()
    resident.goto(here)
    expect(resident.locator("main")).to_contain_text(ACTIVITY["title"])
    inspect(resident, "54-public")
    for number, path in enumerate(("jobs", "events", "indicators", "me"), start=55):
        page.goto(f"{here}/-/{path}")
        inspect(page, f"{number}-{path}")
    page.goto(f"{here}/-/apps/volunteer/health")
    inspect(page, "60-health")
    page.goto(f"{here}/-/apps/volunteer/disable")
    inspect(page, "61-disable")
    page.goto(f"{base_url}/510114/-/personal-data")
    inspect(page, "62-personal-data")
    page.goto(f"{base_url}/api/v1/")
    inspect(page, "63-api")
