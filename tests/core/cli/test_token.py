"""``linli token``: made for a person, shown once, listed and revoked."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from core.testing.world import District, Program

PERSON = ("--name", "王五", "--phone", "13812345678", "--login", "wangwu", "--role", "staff")


def test_a_token_is_made_listed_and_revoked(linli: Any, district: District, community: str) -> None:
    create = ("token", "create", community, "--account", "wangwu", "--name", "统计平台")
    view = ("--permission", "core.place.view", "--permission", "core.job.view")
    linli("user", "create", community, *PERSON)
    made = linli(*create, *view, "--days", "90", "--json").json
    assert list(made) == ["id", "token"]
    program = Program(district.app, made["token"])
    assert program.get(f"/api/v1/places/{community}").status_code == 200

    (listed,) = linli("token", "list", community, "--json").json
    assert listed["last_used"] < listed["expires"]
    kept = {name: listed[name] for name in ("id", "owner", "name", "state", "permissions")}
    assert kept == {
        "id": made["id"],
        "owner": "王五",
        "name": "统计平台",
        "state": "good",
        "permissions": "core.job.view core.place.view",
    }
    assert made["token"] not in linli("token", "list", district.code).out
    assert linli("token", "list", district.neighbour(community)).out == "No token was made.\n"

    revoked = linli("token", "revoke", community, made["id"]).out
    assert revoked == f"Token {made['id']} is revoked.\n"
    assert program.get(f"/api/v1/places/{community}").status_code == 401
    (listed,) = linli("token", "list", community, "--json").json
    assert listed["state"] == "revoked"

    said = linli(*create, *view).out.splitlines()
    assert said[0] == "Token of 王五, good for 90 days and shown only now:"
    again = Program(district.app, said[1])
    assert again.get(f"/api/v1/places/{community}").status_code == 200


def test_refusals_are_one_line(linli: Any, district: District, community: str) -> None:
    linli("user", "create", community, *PERSON)
    create = ("token", "create", community, "--name", "x", "--permission", "core.place.view")
    mine = (*create, "--account", "wangwu")
    missing = (*create, "--account", "nobody")
    unknown = (*mine, "--permission", "no.such.thing", "--permission", "core.plugin.enable")
    gone = "There is nothing at this address, or it is not open to you."
    linli.refused(
        {
            missing: "account: There is no such account in this district.",
            unknown: (
                "permissions: The owner of the token does not hold: core.plugin.enable,"
                " no.such.thing"
            ),
            (*mine, "--days", "367"): "days: Between 1 and 366.",
            (*mine, "--days", "0"): "days: Between 1 and 366.",
            (*mine, "--name", "长" * 61): "name: At most 60 characters.",
            (*mine, "--name", " "): "name: Say what the token is for.",
            ("token", "revoke", community, str(uuid4())): f"token: {gone}",
            ("token", "list", f"{community[:9]}999"): (
                f"place: There is no place with the code {community[:9]}999."
            ),
        }
    )
    assert linli("token", "list", district.code).out == "No token was made.\n"
