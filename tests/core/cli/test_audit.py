"""``linli audit``: seals, and says when somebody altered the log."""

from __future__ import annotations

import re
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from core.servers import Addresses
from core.testing.world import District


def test_seal_and_verify(linli: Any, district: District, addresses: Addresses) -> None:
    verify, seal = (("audit", verb, district.code, "--json") for verb in ("verify", "seal"))
    before, sealed, again, after = linli.all(verify, seal, seal, verify)
    number, empty, head = before.json["unsealed"], before.json["head"], after.json["head"]
    assert number > 0
    assert re.fullmatch(r"0:[0-9a-f]{64}", empty)
    assert re.fullmatch(rf"{number}:[0-9a-f]{{64}}", head)
    whole = {"holds": True, "erased_payloads": 0, "broken": []}
    assert before.json == whole | {"sealed": 0, "unsealed": number, "head": empty}
    assert (sealed.json, again.json) == ({"sealed": number}, {"sealed": 0})
    assert after.json == whole | {"sealed": number, "unsealed": 0, "head": head}

    wrong = f"{number}:{'0' * 64}"
    held, held_since_the_start, missed = linli.all(
        *[(*verify[:-1], "--expect", value) for value in (head, empty, wrong)]
    )
    assert (held.status, held_since_the_start.status, missed.status) == (0, 0, 1)
    assert missed.out.splitlines()[-1] == f"entry {number}: it was there before and is gone"

    tamper(addresses, district, "UPDATE audit_entry SET actor_name = '别人' WHERE seal_number = 2")
    found, text = linli.all(verify, verify[:-1])
    broken = [{"entry": 2, "reason": "the entry or one before it was altered"}]
    assert (found.status, found.err) == (1, "")
    assert found.out == linli.printed(
        {
            "holds": False,
            "sealed": number,
            "unsealed": 0,
            "erased_payloads": 0,
            "head": head,
            "broken": broken,
        }
    )
    assert (text.status, text.err) == (1, "")
    assert text.out.splitlines() == [
        f"{number} sealed entries DO NOT HOLD, 0 not sealed yet, 0 with erased payload.",
        f"Head: {head} (keep it elsewhere, and pass it as --expect next time)",
        "entry 2: the entry or one before it was altered",
    ]


def tamper(addresses: Addresses, district: District, statement: str) -> None:
    """Do what only the superuser of the database can do."""
    host = str(make_url(addresses.database_url).query["host"])
    with psycopg.connect(host=host, port=5432, user="postgres", dbname="linli") as connection:
        done = connection.execute(f"{statement} AND tenant_id = {district.tenant}")
        assert done.rowcount == 1


def test_a_district_that_is_not_there(linli: Any) -> None:
    linli.refused(
        {
            ("audit", verb, "999999"): "code: No district with the code 999999 is on board."
            for verb in ("seal", "verify")
        }
    )


def test_a_head_that_was_mistyped_is_one_line(linli: Any, district: District) -> None:
    linli.refused(
        {
            ("audit", "verify", district.code, "--expect", "seven"): (
                "Invalid value for '--expect': give a head as it was printed, NUMBER:SEAL."
                " See `linli audit verify --help`."
            )
        },
        status=2,
    )
