"""A community switches Volunteer on and publishes; its residents see it, next door does not.

The story runs once for each size and language, each time in a community of its own.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

PASSWORD = "linli-demo-2026"
NEXT_DOOR = "510114003003"
COMMUNITY = "510114003002"

Inspect = Callable[[Page, str], None]
ACTIVITY = {
    "title": "清扫楼道，美化家园",
    "description": "一起清扫 3 栋和 5 栋的楼道，工具由社区提供。",
    "location": "互助小区 3 栋门口",
    "starts_at": "2099-05-01T09:00",
    "ends_at": "2099-05-01T11:30",
    "capacity": "２０",
    "organiser": "互助社区居委会 林晓",
    "risks": "楼道湿滑，请穿防滑鞋。",
}


def sign_in(page: Page, base_url: str, district: str, login: str) -> None:
    page.goto(f"{base_url}/{district}/-/sign-in")
    page.fill("#field-account", login)
    page.fill("#field-password", PASSWORD)
    page.click("main .btn-primary")


def arrive(page: Page, selector: str) -> str:
    """Click what leads to another page; return that page's address."""
    with page.expect_navigation():
        page.click(selector)
    return page.url


def switch_off(page: Page, base_url: str) -> None:
    """Leave the community as the next run of the story expects it."""
    page.goto(f"{base_url}/{COMMUNITY}/-/apps/volunteer")
    page.click("main a[href$='/volunteer/disable']")
    page.click("form[action$='/disable'] button")


@pytest.mark.timeout(300)
def test_the_story_of_a_community(
    base_url: str,
    open_context: Callable[[], BrowserContext],
    inspect: Inspect,
    view: tuple[str, str],
) -> None:
    chinese = view[1] == "zh"
    page = open_context().new_page()
    page.goto(f"{base_url}/")
    inspect(page, "01-front")
    page.goto(f"{base_url}/510114/-/sign-in")
    inspect(page, "02-sign-in")
    page.fill("#field-account", "huzhu")
    page.fill("#field-password", "not the password")
    page.click("main .btn-primary")
    expect(page.locator(".error-summary")).to_contain_text(
        "账号或密码不正确" if chinese else "The account or the password is not right."
    )
    inspect(page, "03-sign-in-refused")
    sign_in(page, base_url, "510114", "huzhu")
    expect(page).to_have_url(f"{base_url}/{COMMUNITY}/-/")
    inspect(page, "04-overview-empty")

    assert page.goto(f"{base_url}/{COMMUNITY}/volunteer/").status == 404  # type: ignore[union-attr]
    inspect(page, "05-not-found")
    page.goto(f"{base_url}/{COMMUNITY}/-/apps")
    inspect(page, "06-applications")
    page.click("form[action$='/volunteer/enable'] button")
    inspect(page, "07-application-switched-on")
    page.goto(f"{base_url}/{COMMUNITY}/-/apps/volunteer")
    inspect(page, "08-application")
    for _ in range(8):
        assert page.request.get(f"{base_url}/{COMMUNITY}/volunteer/").status == 200
        assert page.request.get(f"{base_url}/{NEXT_DOOR}/volunteer/open").status == 404

    page.goto(f"{base_url}/{COMMUNITY}/-/")
    page.click(f".icon-grid a[href='/{COMMUNITY}/volunteer/']")
    inspect(page, "09-activities-empty")
    page.click(f"main a[href='/{COMMUNITY}/volunteer/new'] >> nth=0")
    inspect(page, "10-new-activity")
    page.click("main form.form .btn-primary")
    expect(page.locator(".field-errors")).to_have_count(len(ACTIVITY))
    inspect(page, "11-new-activity-refused")
    for name, value in ACTIVITY.items():
        page.fill(f"#field-{name}", value)
    page.click("main form.form .btn-primary")
    inspect(page, "12-draft")
    page.click("form[action$='/publish'] button")
    inspect(page, "13-published")
    page.fill("#field-name", "王秀英")
    page.fill("#field-phone", "１３８ 1234 5678")
    page.click("form[action$='/sign-ups'] .btn-primary")
    expect(page.locator("main")).to_contain_text("138****5678")
    inspect(page, "14-signed-up")
    detail = page.url
    page.goto(f"{detail}/cancel")
    inspect(page, "15-cancel")
    page.goto(f"{base_url}/{COMMUNITY}/volunteer/")
    inspect(page, "16-activities")
    for number, path in enumerate(("people", "people/new", "audit", "places"), start=17):
        page.goto(f"{base_url}/{COMMUNITY}/-/{path}")
        inspect(page, f"{number}-{path.replace('/', '-')}")
    page.goto(f"{base_url}/{COMMUNITY}/-/me")
    inspect(page, "21-me")

    resident = open_context().new_page()
    resident.goto(f"{base_url}/{COMMUNITY}")
    expect(resident.locator("main")).to_contain_text(ACTIVITY["title"])
    inspect(resident, "22-public")
    resident.goto(f"{base_url}/{COMMUNITY}/volunteer/open")
    inspect(resident, "23-public-activities")
    resident.click("main h3 a >> nth=0")
    expect(resident.locator("main")).to_contain_text(ACTIVITY["risks"])
    inspect(resident, "24-public-activity")
    resident.goto(f"{base_url}/{NEXT_DOOR}")
    expect(resident.locator("main")).not_to_contain_text(ACTIVITY["title"])
    inspect(resident, "25-public-next-door")

    page.goto(f"{detail}/cancel")
    page.fill("#field-reason", "下雨")
    page.click("form.confirm .btn-danger")
    inspect(page, "26-cancelled")
    for number, path in enumerate(("health", "disable"), start=27):
        page.goto(f"{base_url}/{COMMUNITY}/-/apps/volunteer/{path}")
        inspect(page, f"{number}-application-{path}")
    switch_off(page, base_url)
    assert resident.goto(f"{base_url}/{COMMUNITY}/volunteer/open").status == 404  # type: ignore[union-attr]


def test_the_district_looks_down(
    base_url: str, open_context: Callable[[], BrowserContext], inspect: Inspect
) -> None:
    page = open_context().new_page()
    sign_in(page, base_url, "510114", "xindu")
    expect(page).to_have_url(f"{base_url}/510114/-/")
    inspect(page, "31-district")
    page.goto(f"{base_url}/510114/-/places")
    expect(page.locator("table tbody tr")).to_have_count(50)
    inspect(page, "32-places")
    page.goto(f"{base_url}/510114/-/places?name=太平")
    inspect(page, "33-places-found")
    page.goto(f"{base_url}/510114/-/places?name=没有这个")
    inspect(page, "34-places-none")
    page.goto(f"{base_url}/510114/-/apps/volunteer")
    inspect(page, "35-policy")
    page.goto(f"{base_url}/510114/-/people")
    inspect(page, "36-people")
    page.click("table a[href*='/510114/-/people/'] >> nth=0")
    inspect(page, "37-person")
    page.goto(f"{base_url}/510114001")
    inspect(page, "38-street-public")
    page.goto(f"{base_url}/510114001/-/")
    inspect(page, "39-street")
