"""``linli person`` and ``linli plugin export`` and ``erase``: personal data, from the shell."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from core.accounts import service as accounts
from core.accounts.models import UserAccount
from core.audit import attempt
from core.clock import DISTRICT_ZONE
from core.db import db
from core.files.service import keep_file
from core.files.uploads import Upload
from core.testing.world import SYSTEM, District
from plugins.volunteer import service as volunteer

NOTICE = b"%PDF-1.7\n%%EOF\n"
PHONE, NAME = "13600000001", "王芳芳"
ACTIVITY = {
    "title": "清扫楼道",
    "description": "一起清扫楼道。",
    "location": "3 栋门口",
    "starts_at": datetime(2099, 5, 1, 9, tzinfo=DISTRICT_ZONE),
    "ends_at": datetime(2099, 5, 1, 11, tzinfo=DISTRICT_ZONE),
    "capacity": 50,
    "organiser": "居委会",
    "risks": "无",
}


def sign_up(district: District, code: str) -> None:
    """Let the person sign up for an activity and give them an account."""
    with district.entered():
        place = district.place(code).view
        activity = volunteer.create(SYSTEM, place, ACTIVITY).id
        volunteer.publish(SYSTEM, place, activity)
        volunteer.sign_up(SYSTEM, place, activity, NAME, PHONE)


def test_a_person_is_counted_printed_and_erased(
    linli: Any, district: District, community: str
) -> None:
    with district.entered():
        accounts.create_user(SYSTEM, district.place(community), name=NAME, phone=PHONE)
    sign_up(district, community)
    export = ("person", "export", district.code, "--phone", "136 0000 0001")
    counted, printed = linli.all(export, (*export, "--json"))
    assert "core.account\t1\tAccount\n" in counted.out
    assert NAME not in counted.out
    sections = {s["key"]: s["rows"] for s in printed.json["sections"]}
    assert sections["core.account"][0]["name"] == NAME
    assert [row["phone"] for row in sections["volunteer.volunteers"]] == [PHONE]

    erase = ("person", "erase", district.code, "--phone", PHONE)
    asked = linli.alone(*erase)
    assert (asked.status, "What is held about 136****0001:" in asked.err) == (130, True)
    first, again = linli.all((*erase, "--yes", "--json"), (*erase, "--yes"))

    erased = first.json["erased"]
    assert {key: n for key, n in erased.items() if n} == {
        "core.account": 1,
        "volunteer.volunteers": 1,
        "volunteer.sign_ups": 1,
    }
    assert again.refusal == (0, "There was nothing to erase.\n", "")
    with district.entered():
        assert db.session.query(UserAccount).filter_by(name=NAME).count() == 0


def test_a_community_is_erased_when_it_is_switched_off(
    linli: Any, district: District, community: str, tmp_path: Path
) -> None:
    neighbour = district.neighbour(community)
    sign_up(district, community)
    sign_up(district, neighbour)
    district.enable("volunteer", community)
    erase = ("plugin", "erase", community, "volunteer", "--yes")
    assert linli(*erase).refusal == (
        1,
        "",
        "linli: plugin: Switch the application off there first.\n",
    )
    district.disable("volunteer", community)
    kept = keep_notice(district, community)
    keep_notice(district, neighbour)

    folder = str(tmp_path / "files")
    export = ("plugin", "export", community, "volunteer", "--files", folder, "--json")
    found = linli(*export).json["sections"]
    files = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
    assert files == {f"{kept}.pdf": NOTICE}
    erased = linli(*erase, "--json").json["erased"]

    assert {s["key"]: len(s["rows"]) for s in found} == {k: n for k, n in erased.items() if n}
    assert (erased["volunteer.sign_ups"], erased["core.stored_file"]) == (1, 1)
    export = ("plugin", "export")
    assert linli(*export, community, "volunteer").out == "Nothing.\n"
    assert "volunteer.sign_ups\t1\t" in linli(*export, neighbour, "volunteer").out


def keep_notice(district: District, code: str) -> UUID:
    """Keep a file of Volunteer's at a community."""
    with district.entered():
        place = district.place(code).view
        with attempt(
            SYSTEM,
            "volunteer.file.keep",
            object_type="stored_file",
            object_id=place.id,
            place_code=code,
        ):
            return keep_file(place, "volunteer", Upload("a.pdf", "application/pdf", NOTICE)).id


def test_refusals_are_one_line(linli: Any, district: District) -> None:
    linli.refused(
        {
            ("person", "export", district.code, "--phone", "123"): (
                "phone: Enter a mobile number of 11 digits."
            ),
            ("person", "erase", district.streets[0], "--phone", PHONE, "--yes"): (
                "place: Only the district does this."
            ),
            ("plugin", "export", district.code, "volunteer"): (
                "place: Give a community. What a street or the district itself keeps is not"
                " covered: it is handed out only with a dump of the database."
            ),
            ("plugin", "erase", district.communities[0], "novel", "--yes"): (
                "plugin: No application of that name is installed: novel"
            ),
        }
    )
