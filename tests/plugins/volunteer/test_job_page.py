"""The page of the job that confirms all hours: what it was about, what came of it, the way back."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from core.jobs import tasks
from core.testing.world import Browser, District

EN = {"Accept-Language": "en"}


def test_it_names_the_activity_and_leads_back_to_its_attendance(
    district: District,
    community: str,
    staff: Browser,
    running: Callable[..., str],
    come: Callable[..., dict[str, UUID]],
) -> None:
    activity = running(title="清扫南楼")
    come(activity, {"王芳": 90, "李雷": 60})
    job = staff.send(f"{activity}/hours/all").location
    with district.app.app_context():
        tasks.run_job(district.tenant, job.rpartition("/")[2])

    page = staff.get(job, headers=EN).text

    result = page.partition("Result")[2].partition("</section>")[0]
    facts = re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", result)
    assert facts == [("People", "2"), ("Hours", "2.5"), ("Points", "2")]
    assert "清扫南楼" in page
    back = re.findall(r'<a class="btn" href="([^"]+/attendance)">', page)
    assert back == [f"{activity}/attendance"]
    assert staff.get(back[0]).status_code == 200
    program = district.program("staff", community)
    kept = program.get(f"/api/v1/places/{community}/jobs/{job.rpartition('/')[2]}").json["result"]
    assert kept == {"attendances": 2, "hours": "2.5", "minutes": 150, "points": 2}
