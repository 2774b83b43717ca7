"""Several holders, one pair of servers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import valkey

from core.servers import ServersError, hold, status


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_two_holders_share_and_the_last_to_leave_stops(home, holder, living):
    first = holder()
    addresses = first.wait()
    second = holder()
    assert second.wait() == addresses
    seen = status(home)
    assert (seen.running, set(seen.holders)) == (True, {first.pid, second.pid})

    first.leave()
    assert status(home).processes == seen.processes
    assert query(addresses.database_url, "SELECT 1") == [(1,)]

    second.leave()
    assert living(seen.processes.values()) == []
    assert (status(home).running, Path(seen.sockets).exists()) == (False, False)


def test_a_second_start_reuses_the_data_and_the_addresses(home):
    with hold(home, durable=False) as held:
        addresses = held.addresses
        query(addresses.database_owner_url, "CREATE TABLE kept AS SELECT 7 AS number")
        valkey.Valkey.from_url(addresses.valkey_url).set("kept", "7")
    with hold(home, durable=False) as held:
        assert held.addresses == addresses
        assert query(addresses.database_owner_url, "SELECT number FROM kept") == [(7,)]
        assert valkey.Valkey.from_url(addresses.valkey_url).get("kept") == b"7"


def test_roles_have_no_more_rights_than_they_need(home):
    with hold(home, durable=False) as held:
        roles = query(
            held.addresses.database_url,
            "SELECT rolname, rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls,"
            " rolinherit FROM pg_roles WHERE rolname LIKE 'linli%' ORDER BY rolname",
        )
        assert roles == [
            ("linli_app", True, False, False, False, False, False),
            ("linli_batch", False, False, False, False, False, True),
            ("linli_dispatch", False, False, False, False, False, True),
            ("linli_owner", True, False, True, False, False, True),
        ]
        for role in ("linli_dispatch", "linli_batch"):
            query(held.addresses.database_url, f"SET ROLE {role}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            query(held.addresses.database_url, "CREATE TABLE mine (id int)")
        encoding = "SELECT pg_encoding_to_char(encoding), datlocale, lower('Ä') FROM pg_database"
        assert query(held.addresses.database_url, f"{encoding} WHERE datname = 'linli'") == [
            ("UTF8", "C.UTF-8", "ä")
        ]
        assert query(held.addresses.database_url, "SHOW listen_addresses") == [("",)]


def test_environment_of_the_user_does_not_matter(home, monkeypatch):
    monkeypatch.setenv("PGPORT", "5999")
    monkeypatch.setenv("PGHOST", "db.invalid")
    monkeypatch.setenv("PGDATA", "/nowhere")
    with hold(home, durable=False) as held:
        assert query(held.addresses.database_url, "SELECT 1") == [(1,)]


def test_release_twice_is_no_harm_and_hold_again_works(home):
    held = hold(home, durable=False)
    other = hold(home, durable=False)
    held.release()
    held.release()
    assert status(home).holders == (os.getpid(),)
    other.release()
    assert status(home).holders == ()


def test_a_crashed_holder_is_not_counted(home, holder, living):
    crashing, staying = holder(), holder()
    crashing.wait(), staying.wait()
    crashing.crash()
    seen = status(home)
    assert seen.holders == (staying.pid,)
    staying.leave()
    assert living(seen.processes.values()) == []


def test_servers_left_by_a_crash_are_joined_and_stopped(home, holder, living):
    crashing = holder()
    crashing.wait()
    crashing.crash()
    left = status(home)
    assert (left.running, left.holders) == (True, ())
    with hold(home, durable=False):
        assert status(home).processes == left.processes
    assert living(left.processes.values()) == []


@pytest.mark.parametrize("name", ["PostgreSQL", "Valkey"])
def test_a_killed_server_is_started_by_the_next_hold(home, holder, name):
    first = holder(durable=True)
    addresses = first.wait()
    query(addresses.database_owner_url, "CREATE TABLE kept AS SELECT 7 AS number")
    valkey.Valkey.from_url(addresses.valkey_url).set("kept", "7")
    before = status(home)
    os.kill(before.processes[name], signal.SIGKILL)

    with hold(home) as held:
        assert held.addresses.database_owner_url == addresses.database_owner_url
        assert query(addresses.database_owner_url, "SELECT number FROM kept") == [(7,)]
        assert valkey.Valkey.from_url(addresses.valkey_url).get("kept") == b"7"
        after = status(home)
    assert [key for key, pid in after.processes.items() if before.processes[key] != pid] == [name]
    first.leave()


def test_check_starts_what_died(home):
    with hold(home, durable=False) as held:
        held.check()
        before = status(home)
        for pid in before.processes.values():
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while status(home).processes == before.processes and time.monotonic() < deadline:
            held.check()
        held.check()
        assert query(held.addresses.database_url, "SELECT 1") == [(1,)]
        assert status(home).running


def test_swept_sockets_are_noticed(home):
    with hold(home, durable=False) as held:
        shutil.rmtree(status(home).sockets)
        held.check()
        assert query(held.addresses.database_url, "SELECT 1") == [(1,)]


def test_pid_file_of_a_crashed_server_does_not_block(home, holder, living):
    crashing = holder()
    crashing.wait()
    crashing.crash()
    left = status(home)
    for pid in left.processes.values():
        os.kill(pid, signal.SIGKILL)
    owner = (left.data / "postgres").stat().st_uid
    stranger = subprocess.Popen(["sleep", "60"], user=owner if os.geteuid() == 0 else None)
    try:
        while living(left.processes.values()):
            time.sleep(0.01)
        record = left.data / "postgres" / "postmaster.pid"
        _, _, rest = record.read_text("utf-8").partition("\n")
        record.write_text(f"{stranger.pid}\n{rest}", "utf-8")
        with hold(home, durable=False) as held:
            assert query(held.addresses.database_url, "SELECT 1") == [(1,)]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_six_at_once_start_one_pair(home, holder, living):
    holders = [holder() for _ in range(6)]
    addresses = [each.wait() for each in holders]
    assert addresses == addresses[:1] * 6
    seen = status(home)
    assert sorted(seen.holders) == sorted(each.pid for each in holders)
    log = (seen.data / "postgresql.log").read_text("utf-8")
    assert log.count("starting PostgreSQL") == 1
    for each in holders:
        each.tell_to_leave()
    for each in holders:
        each.wait_for_end()
    assert living(seen.processes.values()) == []


def test_the_end_of_a_forked_child_does_not_release(home):
    script = """
import os, pathlib, sys
from core.servers import hold, status
home = pathlib.Path(sys.argv[1])
held = hold(home, durable=False)
child = os.fork()
if not child:
    held.check()
    held.release()
    sys.exit()
os.waitpid(child, 0)
print(status(home).running, len(status(home).holders))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(home)], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("True 1\n", "")
    assert status(home).processes == {}


def test_a_very_long_home_works(folder):
    home = folder / ("long" * 25) / ("path" * 25)
    with hold(home, durable=False) as held:
        assert query(held.addresses.database_url, "SELECT 1") == [(1,)]
        assert len(str(status(home).sockets)) < 40
    assert len(str(home)) > 200


def test_home_that_cannot_be_used_is_one_line(folder):
    (folder / "var").write_text("not a folder")
    with pytest.raises(ServersError) as caught:
        hold(folder / "var")
    assert str(caught.value) == f"The embedded servers cannot use {folder}/var: File exists."


def test_data_of_another_version_is_one_line(home):
    hold(home, durable=False).release()
    data = status(home).data / "postgres"
    (data / "PG_VERSION").write_text("17\n")
    with pytest.raises(ServersError, match=r"was made by PostgreSQL 17, and 18 is installed"):
        hold(home, durable=False)
    assert status(home).processes == {}


def test_status_makes_nothing(folder):
    seen = status(folder / "var")
    assert (seen.running, seen.processes, seen.holders) == (False, {}, ())
    assert seen.versions.keys() == {"PostgreSQL", "Valkey"}
    assert list(folder.iterdir()) == []
