"""A form with a file: kept when it is good, kept aside when something else is refused."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from core.app import LARGEST_REQUEST
from core.audit.models import AuditEntry
from core.clock import now
from core.db import db
from core.files.aside import MOST_OF_A_PERSON
from core.files.models import FileAside, StoredFile
from core.jobs import tasks
from core.testing import world
from core.testing.world import Browser, District
from core.web.security import LARGEST_WITH_FILES
from tests.core.files.conftest import Filing
from tests.core.files.pictures import PDF, gps, written

ENGLISH = {"Accept-Language": "en"}
GONE = "This file is not kept any more. Choose it again."
KEPT = re.compile(r'name="evidence-kept" value="([0-9a-f-]{36})" checked')


def send(
    browser: Browser,
    place: str,
    title: str,
    file: bytes | None = None,
    name: str = "整改前.jpg",
    *,
    kept: str | None = None,
    plugin: str = "cabinet",
) -> Any:
    data: dict[str, Any] = {"title": title}
    if file is not None:
        data["evidence"] = (io.BytesIO(file), name)
    if kept is not None:
        data["evidence-kept"] = kept
    return browser.send(
        f"/{place}/{plugin}/", data, content_type="multipart/form-data", headers=ENGLISH
    )


def errors(answer: Any) -> list[str]:
    """What stands beside the file."""
    found = re.search(r'id="field-evidence-errors">(.*?)</div>', answer.text, re.DOTALL)
    return re.findall(r"</svg>(.*?)</p>", found.group(1)) if found else []


def kept_id(answer: Any) -> str:
    found = KEPT.findall(answer.text)
    assert len(found) == 1
    return str(found[0])


def aside(district: District) -> list[str]:
    """The names of everything put aside, oldest first."""
    with district.entered():
        return list(db.session.execute(select(FileAside.name).order_by(FileAside.id)).scalars())


def stored(district: District) -> dict[UUID, tuple[str, str]]:
    with district.entered():
        rows = db.session.execute(select(StoredFile.id, StoredFile.plugin, StoredFile.name))
        return {id_: (plugin, name) for id_, plugin, name in rows}


@pytest.fixture
def clerk(used: Filing) -> Browser:
    """Works in the street, so in both communities."""
    return used.district.person("staff", used.community[:9])


def test_the_form_says_what_it_takes(used: Filing, clerk: Browser) -> None:
    page = clerk.get(f"/{used.community}/cabinet/", headers=ENGLISH).text
    assert 'enctype="multipart/form-data"' in page
    (field,) = re.findall(r'<input class="form-control" type="file".*?>', page)
    assert 'accept="image/jpeg,image/png,image/webp,application/pdf"' in field
    (described,) = re.findall(r'aria-describedby="(.*?)"', field)
    texts = [re.findall(rf'id="{id_}">(.*?)<', page) for id_ in described.split()]
    assert texts == [["拍下原件。"], ["A photo (JPEG, PNG, WebP) or a PDF of at most 5 MB."]]
    assert "evidence-kept" not in page


def test_a_form_without_files_is_sent_as_ever(used: Filing) -> None:
    page = used.district.person("administrator", used.district.code).get(
        f"/{used.district.code}/-/people/new"
    )
    assert page.status_code == 200
    assert "enctype" not in page.text


def test_a_good_file_is_kept_with_what_it_proves(used: Filing, clerk: Browser) -> None:
    answer = send(clerk, used.community, "楼道", written("JPEG", exif=gps()))
    assert answer.status_code == 200
    assert stored(used.district)[UUID(answer.text)] == ("cabinet", "整改前.jpg")
    assert KEPT.findall(answer.text) == []
    assert send(clerk, used.community, "没有材料").text == "None"


@pytest.mark.parametrize("title", ["", "重复"])
def test_a_refused_form_keeps_its_good_file(used: Filing, clerk: Browser, title: str) -> None:
    """Refused by the schema, and by the service, whose work was undone."""
    before, log = stored(used.district), entries(used.district)
    refused = send(clerk, used.community, title, written("PNG"), "门口.png")
    assert refused.status_code == 422
    assert "门口.png is kept. Choose another file only to replace it." in refused.text
    assert stored(used.district) == before
    assert entries(used.district) == log + ([("cabinet.paper.put", "refused")] if title else [])

    again = send(clerk, used.community, title, kept=kept_id(refused))
    assert (again.status_code, kept_id(again)) == (422, kept_id(refused))

    done = send(clerk, used.community, "楼道", kept=kept_id(again))
    assert stored(used.district)[UUID(done.text)] == ("cabinet", "门口.png")
    assert clerk.get(f"/{used.community}/cabinet/files/{done.text}").status_code == 200
    assert "门口.png" not in aside(used.district)
    twice = send(clerk, used.community, "楼道", kept=kept_id(again))
    assert (twice.status_code, errors(twice)) == (422, [GONE])


def entries(district: District) -> list[tuple[str, str]]:
    with district.entered():
        rows = db.session.execute(
            select(AuditEntry.action, AuditEntry.outcome)
            .where(AuditEntry.action == "cabinet.paper.put", AuditEntry.outcome == "refused")
            .order_by(AuditEntry.id)
        )
        return [(action, outcome) for action, outcome in rows]


def test_what_is_kept_can_be_dropped_or_replaced(used: Filing, clerk: Browser) -> None:
    kept = kept_id(send(clerk, used.community, "", written("PNG")))
    assert send(clerk, used.community, "楼道").text == "None"
    worse = send(clerk, used.community, "楼道", b"<svg>", kept=kept)
    assert (worse.status_code, kept_id(worse)) == (422, kept)
    done = send(clerk, used.community, "楼道", PDF, "说明.pdf", kept=kept)
    assert stored(used.district)[UUID(done.text)] == ("cabinet", "说明.pdf")


def test_nobody_else_can_name_it(used: Filing, clerk: Browser) -> None:
    kept = kept_id(send(clerk, used.community, "", written("PNG"), "别人的.png"))
    other = used.district.person("staff", used.community[:9])
    stranger = used.elsewhere.person("staff", used.elsewhere.communities[0])
    for answer in (
        send(other, used.community, "楼道", kept=kept),
        send(clerk, used.neighbour, "楼道", kept=kept),
        send(clerk, used.community, "楼道", kept=kept, plugin="drawer"),
        send(stranger, used.elsewhere.communities[0], "楼道", kept=kept),
        send(clerk, used.community, "楼道", kept=str(uuid4())),
        send(clerk, used.community, "楼道", kept="x' OR 1=1"),
    ):
        assert (answer.status_code, errors(answer)) == (422, [GONE])
        assert "别人的" not in answer.text and KEPT.findall(answer.text) == []
    assert len(send(clerk, used.community, "楼道", kept=kept).text) == 36


def test_a_bad_file_is_named_and_the_rest_is_kept(used: Filing, clerk: Browser) -> None:
    before, there = stored(used.district), aside(used.district)
    for content, message in (
        (b"<html><script>alert(1)</script>", "Only photos (JPEG, PNG, WebP) and PDF files."),
        (b"", "This file is empty."),
        (PDF + b" " * 5 * 1024 * 1024, "This file is larger than 5 MB."),
        (written("JPEG")[:200], "This photo is damaged. Take or choose another one."),
    ):
        answer = send(clerk, used.community, "楼道清扫", content)
        assert (answer.status_code, errors(answer)) == (422, [message])
        assert 'value="楼道清扫"' in answer.text
        assert KEPT.findall(answer.text) == []
    assert (stored(used.district), aside(used.district)) == (before, there)


def test_more_than_a_form_with_files_can_hold_is_refused_as_a_whole(
    used: Filing, clerk: Browser
) -> None:
    stranger = world.browser(used.district.app)
    for browser, size, status in (
        (clerk, LARGEST_WITH_FILES - 4096, 422),
        (clerk, LARGEST_WITH_FILES, 413),
        (stranger, LARGEST_REQUEST, 413),
    ):
        answer = send(browser, used.community, "楼道", bytes(size))
        assert answer.status_code == status
        assert "<h1>" in answer.text
    text = clerk.send(f"/{used.community}/cabinet/", {"title": "x" * LARGEST_REQUEST})
    assert text.status_code == 413


def test_of_each_person_only_the_latest_are_kept(used: Filing) -> None:
    one, other = (used.district.person("staff", used.community) for _ in range(2))
    send(other, used.community, "", PDF, "其他人.pdf")
    for number in range(MOST_OF_A_PERSON + 2):
        send(one, used.community, "", PDF, f"材料{number}.pdf")
    left = [name for name in aside(used.district) if name.startswith(("材料", "其他"))]
    assert left == ["其他人.pdf", "材料2.pdf", "材料3.pdf", "材料4.pdf", "材料5.pdf", "材料6.pdf"]


def test_after_a_day_it_is_gone(used: Filing) -> None:
    place = used.elsewhere.communities[0]
    there = used.elsewhere.person("staff", place)
    kept = kept_id(send(there, place, "", PDF, "旧.pdf"))
    before = aside(used.district)

    age(used.elsewhere, timedelta(hours=23, minutes=59))
    clean(used.elsewhere)
    assert aside(used.elsewhere) == ["旧.pdf"]

    age(used.elsewhere, timedelta(days=1))
    assert errors(send(there, place, "楼道", kept=kept)) == [GONE]
    assert aside(used.elsewhere) == ["旧.pdf"]
    clean(used.elsewhere)
    assert (aside(used.elsewhere), aside(used.district)) == ([], before)


def age(district: District, by: timedelta) -> None:
    with district.entered():
        old = update(FileAside.__table__).values(created_at=now() - by)
        old = old.where(FileAside.__table__.c.tenant_id == district.tenant)
        db.session.connection().execute(old)


def clean(district: District) -> None:
    """Do what cron has done for the district every hour."""
    with district.app.app_context():
        tasks.do_chore_for("forget_files_aside", district.tenant, district.tenant)
