"""The pages of long work, and who sees what on them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from core.db import db
from core.jobs import service
from core.testing.statements import recorded
from core.testing.world import SYSTEM, District
from tests.core.jobs.conftest import Work

ENGLISH = {"Accept-Language": "en"}


def test_the_page_shows_a_job_from_asking_to_its_end(work: Work) -> None:
    job = work.start(3)
    staff = work.district.person("staff", work.here)
    url = f"/{work.here}/-/jobs/{job}"
    queued = staff.get(url, headers=ENGLISH).text
    assert (polls(queued), "Waits for its turn" in queued, progress(queued)) == (True, True, None)
    work.change(job, state="running", done=1, total=3)
    running = staff.get(url, headers=ENGLISH).text
    assert (polls(running), "Under way" in running, progress(running)) == (True, True, ("3", "1"))
    work.change(job, state="queued", done=0, total=0)
    work.run(job)
    done = staff.get(url, headers=ENGLISH).text
    assert (polls(done), ">Done<" in done, progress(done)) == (False, True, ("1", "1"))
    assert "逐项标记" in done
    assert re.findall(r"<span>(第 \d 项)</span>", done) == ["第 0 项", "第 1 项", "第 2 项"]
    assert "/cancel" not in done
    assert "/cancel" in running


def test_what_it_is_about_what_came_of_it_and_the_way_back(work: Work) -> None:
    back = f"/{work.here}/sample/7?page=2"
    with work.district.entered():
        at = work.district.place(work.here).view
        job = service.start_job(
            SYSTEM, at, "sample.items.mark", {"count": 2}, about="扫雪 <b>\0", back=back
        )
    work.run(job)
    staff = work.district.person("staff", work.here)
    page = staff.get(f"/{work.here}/-/jobs/{job}", headers=ENGLISH).text
    link = re.search(r'<a class="btn" href="([^"]+)">.*Back to where it was started</a>', page)
    assert link and link[1] == back
    assert "扫雪 &lt;b&gt;" in page
    assert "<div><dt>标记数</dt><dd>2</dd></div>" in page
    assert "attempt" not in page
    assert "扫雪 &lt;b&gt;" in staff.get(f"/{work.here}/-/jobs").text
    plain = staff.get(f"/{work.here}/-/jobs/{work.start(1)}", headers=ENGLISH).text
    assert "Back to where it was started" not in plain


@pytest.mark.parametrize(
    "back", ["notes", "//evil.example", "/\\evil.example", "/\t/evil.example", "https://x/", "/\0"]
)
def test_the_way_back_never_leads_elsewhere(work: Work, back: str) -> None:
    with work.district.entered():
        at = work.district.place(work.here).view
        with pytest.raises(ValueError, match="begins with a single /"):
            service.start_job(SYSTEM, at, "sample.items.mark", {"count": 1}, back=back)


def polls(page: str) -> bool:
    """Whether the page asks again, by htmx or without JavaScript; both or none."""
    found = {'hx-trigger="every 1s"' in page, 'http-equiv="refresh"' in page}
    assert len(found) == 1
    return found.pop()


def progress(page: str) -> tuple[str, str] | None:
    found = re.search(r'<progress class="job-progress" max="(\d+)" value="(\d+)"', page)
    return (found[1], found[2]) if found else None


def test_cancelling_from_the_page(work: Work) -> None:
    job = work.start(3)
    url = f"/{work.here}/-/jobs/{job}"
    assert work.district.person("viewer", work.here).send(f"{url}/cancel").status_code == 403
    staff = work.district.person("staff", work.here)
    assert staff.send(f"{url}/cancel").location == url
    assert work.row(job).state == "cancelled"
    assert staff.send(f"{url}/cancel").status_code == 409
    work.run(job)
    assert work.marked() == []


def test_a_place_shows_its_own_jobs_and_those_below(
    work: Work, new_sampled: Callable[[], District], work_in: Callable[[District], Work]
) -> None:
    there, other = work.district.neighbour(work.here), work_in(new_sampled())
    mine, theirs, foreign = work.start(1), work.start(1, place=there), other.start(1)
    staff = work.district.person("staff", work.here)
    assert listed(staff.get(f"/{work.here}/-/jobs").text) == [str(mine)]
    above = work.district.person("staff", work.here[:9])
    assert listed(above.get(f"/{work.here[:9]}/-/jobs").text) == [str(theirs), str(mine)]
    assert listed(above.get(f"/{work.here[:9]}/-/jobs?state=done").text) == []
    for job in (theirs, foreign):
        assert staff.get(f"/{work.here}/-/jobs/{job}").status_code == 404
        assert staff.send(f"/{work.here}/-/jobs/{job}/cancel").status_code == 404
    assert above.get(f"/{work.here[:9]}/-/jobs/{mine}").status_code == 404
    assert (work.row(theirs).state, other.row(foreign).state) == ("queued", "queued")


def listed(page: str) -> list[str]:
    return re.findall(r'<a href="/\d+/-/jobs/([0-9a-f-]{36})">', page)


def test_a_long_list_asks_no_more_of_the_database(work: Work) -> None:
    staff = work.district.person("staff", work.here)
    work.start(1, key="0")
    with work.district.app.app_context():
        engine = db.engine

    def statements() -> int:
        with recorded(engine) as seen:
            assert staff.get(f"/{work.here}/-/jobs").status_code == 200
        return len(seen)

    statements()
    one = statements()
    for number in range(1, 30):
        work.start(1, key=str(number))
    assert statements() == one


def test_programs_see_how_far_a_job_is(
    work: Work, new_sampled: Callable[[], District], work_in: Callable[[District], Work]
) -> None:
    job, other = work.start(2), work_in(new_sampled())
    program = work.district.program("staff", work.here)
    url = f"/api/v1/places/{work.here}/jobs"
    work.run(job)
    row = work.row(job)
    assert row.started_at and row.finished_at
    assert program.get(f"{url}/{job}").json == {
        "id": str(job),
        "name": "sample.items.mark",
        "state": "done",
        "done": 2,
        "total": 2,
        "result": {"marked": 2, "attempt": 1},
        "error": None,
        "created_at": row.created_at.isoformat(),
        "started_at": row.started_at.isoformat(),
        "finished_at": row.finished_at.isoformat(),
    }
    for foreign in (work.start(1, place=work.district.neighbour(work.here)), other.start(1)):
        assert program.get(f"{url}/{foreign}").status_code == 404
