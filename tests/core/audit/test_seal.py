"""The chain: every entry is sealed once, in order, and whatever is altered is named."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier, Event

import psycopg
import pytest
from flask import Flask
from sqlalchemy import exc, select, text, update
from sqlalchemy.engine import make_url

from core import tenancy
from core.audit import attempt, seal
from core.audit.models import AuditEntry, AuditPayload
from core.db import db, transaction
from core.servers import Addresses
from core.tenancy.keys import cipher
from core.testing.world import SYSTEM, District

ALTERED = "the entry or one before it was altered"
PAYLOAD = "its payload was altered"


def act(district: District, times: int = 1) -> None:
    with district.entered():
        for number in range(times):
            with attempt(
                SYSTEM, "core.test.act", object_type="x", object_id=number, place_code=district.code
            ) as done:
                done.before, done.after = {"名": number}, {"名": number + 1}


def seal_all(district: District) -> int:
    total = 0
    with district.entered():
        while sealed := seal.seal_batch():
            total += sealed
    return total


@dataclass(frozen=True)
class Found:
    """What ``verify`` reports, without the head."""

    sealed: int
    unsealed: int
    erased: int
    broken: tuple[tuple[int, str], ...]

    @property
    def holds(self) -> bool:
        return not self.broken


def verify(district: District) -> Found:
    with district.entered():
        report = seal.verify()
    assert report.holds is not bool(report.broken)
    return Found(report.sealed, report.unsealed, report.erased_payloads, report.broken)


def numbers(district: District) -> list[int | None]:
    with district.entered():
        query = select(AuditEntry.seal_number).order_by(AuditEntry.seal_number.nulls_last())
        return list(db.session.execute(query).scalars())


@pytest.fixture
def sealed(district: District) -> int:
    """How many entries a district's chain has; at least six."""
    act(district, 6)
    return seal_all(district)


def canonical(entry: AuditEntry) -> str:
    """An entry of these tests as it goes into its seal."""
    return (
        f'{{"action":"{entry.action}","actor":["{entry.actor_id}","{entry.actor_name}"],'
        f'"at":{entry.at.timestamp()!r},"id":"{entry.id}",'
        f'"object":["{entry.object_type}","{entry.object_id}"],'
        f'"outcome":["done",null],"payload":"{entry.payload_digest.hex()}",'
        f'"place":"{entry.place_code}","request":null}}'
    )


class Tamperer:
    """Somebody with a superuser's rights, whom nothing in the database holds back."""

    def __init__(self, connection: psycopg.Connection, tenant: int) -> None:
        self.connection, self.tenant = connection, tenant

    def alter(self, statement: str, **values: object) -> int:
        """Run a statement that names ``%(tenant)s``; return how many rows it touched."""
        done = self.connection.execute(statement, {"tenant": self.tenant, **values})
        return done.rowcount

    def set(self, change: str, number: int) -> int:
        """Change the entry with this number."""
        where = "WHERE tenant_id = %(tenant)s AND seal_number = %(number)s"
        return self.alter(f"UPDATE audit_entry SET {change} {where}", number=number)


@pytest.fixture
def tamperer(addresses: Addresses, district: District) -> Iterator[Tamperer]:
    url = make_url(addresses.database_owner_url).set(drivername="postgresql", username="postgres")
    with psycopg.connect(url.render_as_string(), autocommit=True) as connection:
        yield Tamperer(connection, district.tenant)


class TestSealing:
    def test_a_chain_that_nobody_touched_holds(self, district: District) -> None:
        entries = len(numbers(district))
        assert verify(district) == Found(0, entries, 0, ())

        act(district, 6)
        assert seal_all(district) == entries + 6
        assert verify(district) == Found(entries + 6, 0, 0, ())
        assert numbers(district) == list(range(1, entries + 7))
        assert seal_all(district) == 0

    def test_what_came_later_is_counted_and_sealed_on_top(
        self, district: District, sealed: int
    ) -> None:
        act(district, 3)
        assert verify(district) == Found(sealed, 3, 0, ())
        assert seal_all(district) == 3
        assert verify(district) == Found(sealed + 3, 0, 0, ())

    def test_a_seal_is_the_keyed_digest_of_the_one_before_and_the_entry(
        self, district: District, sealed: int
    ) -> None:
        """Computed anew from what is written at the top of core/audit/seal.py."""
        with district.entered():
            key = cipher().audit_key
            last = hashlib.sha256(f"linli audit {district.tenant}".encode()).digest()
            query = select(AuditEntry).order_by(AuditEntry.seal_number)
            for entry in db.session.execute(query).scalars():
                last = hmac.new(key, last + canonical(entry).encode(), hashlib.sha256).digest()
                assert entry.seal == last
            assert seal.verify().head == f"{sealed}:{last.hex()}"

    def test_each_tenant_has_a_chain_of_its_own(self, new_district: Callable[[], District]) -> None:
        one, other = new_district(), new_district()
        act(one)
        sealed = seal_all(one)
        assert verify(one) == Found(sealed, 0, 0, ())
        assert verify(other).sealed == 0
        assert seal.genesis(one.tenant) != seal.genesis(other.tenant)

    def test_more_than_one_batch(self, district: District) -> None:
        act(district, 2 * seal.BATCH + 1)
        total = len(numbers(district))
        with district.entered():
            assert seal.seal_batch() == seal.BATCH
        assert verify(district) == Found(seal.BATCH, total - seal.BATCH, 0, ())
        assert seal_all(district) == total - seal.BATCH
        assert verify(district) == Found(total, 0, 0, ())

    def test_a_sealer_that_was_cut_off_sealed_nothing(self, district: District) -> None:
        def work() -> None:
            with district.entered():
                assert seal.seal_batch() > 0
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            work()
        assert verify(district).sealed == 0
        assert seal_all(district) == len(numbers(district))
        assert verify(district).holds

    def test_many_sealers_at_once_seal_every_entry_once(
        self, app: Flask, district: District
    ) -> None:
        act(district, 200)
        total = len(numbers(district))
        start = Barrier(4)

        def work() -> int:
            start.wait()
            sealed = 0
            with app.app_context(), tenancy.enter(district.tenant):
                while True:
                    with transaction():
                        batch = seal.seal_batch(limit=7)
                    sealed += batch
                    if not batch:
                        db.session.remove()
                        return sealed

        with ThreadPoolExecutor(4) as pool:
            shares = [work.result() for work in [pool.submit(work) for _ in range(4)]]

        assert sum(shares) == total
        assert numbers(district) == list(range(1, total + 1))
        assert verify(district) == Found(total, 0, 0, ())

    def test_writers_do_not_wait_for_a_sealer(self, app: Flask, district: District) -> None:
        sealing, written = Event(), Event()

        def sealer() -> None:
            with app.app_context(), tenancy.enter(district.tenant):
                with transaction():
                    seal.seal_batch()
                    sealing.set()
                    assert written.wait(20)
                db.session.remove()

        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(sealer)
            assert sealing.wait(20)
            act(district)
            written.set()
            done.result()
        assert verify(district).unsealed == 1
        assert verify(district).holds


COLUMNS = {
    "who": "actor_name = '别人'",
    "whose account": "actor_id = gen_random_uuid()",
    "nobody's account": "actor_id = NULL, actor_name = actor_name || ' '",
    "when": "at = at + interval '1 microsecond'",
    "what": "action = 'core.test.other'",
    "to what": "object_id = object_id || '0'",
    "to which kind": "object_type = 'y'",
    "where": "place_code = '999999'",
    "how it ended": "outcome = 'refused'",
    "why": "reason = 'because'",
    "in which request": "request_id = 'x'",
    "its seal": "seal = decode(repeat('00', 32), 'hex')",
}


class TestTampering:
    """Whoever has every right in the database can alter rows, but not unnoticed."""

    def test_even_the_owner_cannot_alter_a_sealed_entry_while_the_policy_stands(
        self, addresses: Addresses, district: District, sealed: int
    ) -> None:
        url = make_url(addresses.database_owner_url).set(drivername="postgresql")
        with psycopg.connect(url.render_as_string()) as owner:
            owner.execute(f"SET LOCAL linli.tenant = '{district.tenant}'")
            assert owner.execute("UPDATE audit_entry SET actor_name = 'x'").rowcount == 0
        assert verify(district) == Found(sealed, 0, 0, ())

    def test_a_head_that_was_kept_shows_that_the_end_was_cut_off(
        self, district: District, sealed: int, tamperer: Tamperer
    ) -> None:
        with district.entered():
            head = seal.verify().head
        act(district, 2)
        assert seal_all(district) == 2
        with district.entered():
            assert seal.verify(head).holds

        tamperer.alter(
            "DELETE FROM audit_entry WHERE tenant_id = %(tenant)s AND seal_number >= %(last)s",
            last=sealed,
        )

        with district.entered():
            assert seal.verify().holds
            assert seal.verify(head).broken == ((sealed, "it was there before and is gone"),)

    def test_a_chain_made_without_the_key_does_not_hold(
        self, district: District, sealed: int, tamperer: Tamperer
    ) -> None:
        """Knowing the rule is not enough to make the chain anew."""
        with district.entered():
            entries = list(
                db.session.execute(select(AuditEntry).order_by(AuditEntry.seal_number)).scalars()
            )
            entries[0].actor_name = "别人"
            forged, last = [], seal.genesis(district.tenant)
            for entry in entries:
                last = hashlib.sha256(last + canonical(entry).encode()).digest()
                forged.append((entry.seal_number, last))
            db.session.rollback()
        for number, value in forged:
            tamperer.alter(
                "UPDATE audit_entry SET seal = %(seal)s"
                " WHERE tenant_id = %(tenant)s AND seal_number = %(number)s",
                seal=value,
                number=number,
            )
        assert [number for number, _why in verify(district).broken] == list(range(1, sealed + 1))

    @pytest.mark.parametrize("column", COLUMNS)
    def test_an_altered_entry_is_named(
        self, district: District, sealed: int, tamperer: Tamperer, column: str
    ) -> None:
        done = tamperer.alter(
            f"UPDATE audit_entry SET {COLUMNS[column]}"
            " WHERE tenant_id = %(tenant)s AND seal_number = 3"
        )
        assert done == 1
        named = (3, 4) if column == "its seal" else (3,)
        assert verify(district) == Found(sealed, 0, 0, tuple((n, ALTERED) for n in named))

    @pytest.mark.parametrize(
        "change",
        [
            "after = '{\"名\": 99}'",
            "before = NULL",
            "before = after, after = before",
            "salt = decode('00', 'hex')",
            "after = jsonb_set(after, '{x}', 'null')",
        ],
    )
    def test_an_altered_payload_is_named(
        self, district: District, sealed: int, tamperer: Tamperer, change: str
    ) -> None:
        done = tamperer.alter(
            f"UPDATE audit_payload SET {change} WHERE tenant_id = %(tenant)s AND entry_id ="
            " (SELECT id FROM audit_entry WHERE tenant_id = %(tenant)s AND seal_number = %(n)s)",
            n=sealed - 1,
        )
        assert done == 1
        assert verify(district) == Found(sealed, 0, 0, ((sealed - 1, PAYLOAD),))

    def test_a_payload_altered_with_its_digest_is_named_by_the_entry(
        self, district: District, sealed: int, tamperer: Tamperer
    ) -> None:
        tamperer.set("payload_digest = 'x'", 2)
        assert verify(district).broken == ((2, ALTERED), (2, PAYLOAD))

    @pytest.mark.parametrize("number", [1, 3])
    def test_a_removed_entry_is_named(
        self, district: District, sealed: int, tamperer: Tamperer, number: int
    ) -> None:
        tamperer.alter(
            "DELETE FROM audit_entry WHERE tenant_id = %(tenant)s AND seal_number = %(number)s",
            number=number,
        )
        missing = (number + 1, f"entry {number} is missing")
        assert verify(district).broken == (missing, (number + 1, ALTERED))

    def test_several_removed_entries_are_named_one_gap_at_a_time(
        self, district: District, sealed: int, tamperer: Tamperer
    ) -> None:
        tamperer.alter(
            "DELETE FROM audit_entry WHERE tenant_id = %(tenant)s AND seal_number IN (2, 3, 5)"
        )
        assert verify(district).broken == (
            (4, "entry 2 is missing"),
            (4, ALTERED),
            (6, "entry 5 is missing"),
            (6, ALTERED),
        )

    def test_two_swapped_seals_are_named(
        self, district: District, sealed: int, tamperer: Tamperer
    ) -> None:
        done = tamperer.alter(
            "UPDATE audit_entry AS a SET seal = b.seal FROM audit_entry AS b"
            " WHERE a.tenant_id = %(tenant)s AND b.tenant_id = %(tenant)s"
            " AND a.seal_number IN (3, 4) AND b.seal_number = 7 - a.seal_number"
        )
        assert done == 2
        assert verify(district).broken == ((3, ALTERED), (4, ALTERED), (5, ALTERED))

    def test_two_swapped_entries_are_named(
        self, district: District, sealed: int, tamperer: Tamperer
    ) -> None:
        tamperer.alter(
            "UPDATE audit_entry SET seal_number = -seal_number"
            " WHERE tenant_id = %(tenant)s AND seal_number IN (3, 4)"
        )
        tamperer.alter(
            "UPDATE audit_entry SET seal_number = 7 + seal_number"
            " WHERE tenant_id = %(tenant)s AND seal_number < 0"
        )
        broken = verify(district).broken
        assert broken[:2] == ((3, ALTERED), (4, ALTERED))

    def test_an_entry_slipped_in_is_named(
        self, district: District, sealed: int, tamperer: Tamperer
    ) -> None:
        tamperer.alter(
            "INSERT INTO audit_entry SELECT tenant_id, gen_random_uuid(), at, actor_id, actor_name,"
            " action, object_type, object_id, place_code, outcome, reason, request_id,"
            " payload_digest, seal_number + 1, seal FROM audit_entry"
            " WHERE tenant_id = %(tenant)s AND seal_number = %(last)s",
            last=sealed,
        )
        assert verify(district).broken == ((sealed + 1, ALTERED),)

    def test_an_entry_sealed_anew_is_named_by_the_next(
        self, district: District, sealed: int, tamperer: Tamperer
    ) -> None:
        """One who knows the rule can make a fitting seal, but must then make all later ones."""
        tamperer.set("actor_name = '别人'", 3)
        with district.entered():
            second, third = db.session.execute(
                select(AuditEntry)
                .where(AuditEntry.seal_number.in_([2, 3]))
                .order_by(AuditEntry.seal_number)
            ).scalars()
            assert second.seal is not None
            forged = seal._link(second.seal, third)
        tamperer.alter(
            "UPDATE audit_entry SET seal = %(seal)s"
            " WHERE tenant_id = %(tenant)s AND seal_number = 3",
            seal=forged,
        )
        assert verify(district).broken == ((4, ALTERED),)

    def test_a_log_that_was_broken_is_still_sealed_on_and_stays_named(
        self, district: District, sealed: int, tamperer: Tamperer
    ) -> None:
        tamperer.set("actor_name = '别人'", 2)
        act(district, 2)
        assert seal_all(district) == 2
        assert verify(district) == Found(sealed + 2, 0, 0, ((2, ALTERED),))

    def test_tampering_with_another_tenant_is_not_laid_at_this_ones_door(
        self,
        district: District,
        sealed: int,
        new_district: Callable[[], District],
        tamperer: Tamperer,
    ) -> None:
        other = new_district()
        seal_all(other)
        tamperer.alter("UPDATE audit_entry SET actor_name = '别人' WHERE tenant_id = %(tenant)s")
        assert len(verify(district).broken) == sealed
        assert verify(other).holds

    def test_an_erased_payload_is_counted_and_the_chain_holds(
        self, district: District, sealed: int, tamperer: Tamperer
    ) -> None:
        done = tamperer.alter(
            "DELETE FROM audit_payload WHERE tenant_id = %(tenant)s AND entry_id IN"
            " (SELECT id FROM audit_entry WHERE tenant_id = %(tenant)s AND seal_number IN (1, 3))"
        )
        assert done == 2
        assert verify(district) == Found(sealed, 0, 2, ())


class TestTheApplication:
    """The application appends and seals; it can neither change nor delete."""

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit_entry SET actor_name = 'x'",
            "UPDATE audit_entry SET payload_digest = 'x'",
            "UPDATE audit_entry SET at = now()",
            "UPDATE audit_payload SET after = NULL",
            "UPDATE audit_payload SET salt = 'x'",
            "DELETE FROM audit_entry",
            "DELETE FROM audit_payload",
            "TRUNCATE audit_entry CASCADE",
        ],
    )
    def test_it_may_not(self, addresses: Addresses, district: District, statement: str) -> None:
        url = make_url(addresses.database_url).set(drivername="postgresql")
        with psycopg.connect(url.render_as_string()) as connection:
            connection.execute(f"SET LOCAL linli.tenant = '{district.tenant}'")
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
                connection.execute(statement)

    def test_not_by_its_models_either(self, district: District) -> None:
        def change() -> None:
            with district.entered():
                db.session.execute(select(AuditEntry).limit(1)).scalar_one().actor_name = "别人"

        def change_all() -> None:
            with district.entered():
                db.session.execute(update(AuditEntry).values(reason="x"))

        def delete() -> None:
            with district.entered():
                db.session.delete(db.session.execute(select(AuditPayload).limit(1)).scalar_one())

        for forbidden in (change, change_all, delete):
            with pytest.raises(exc.ProgrammingError, match="permission denied"):
                forbidden()
        assert verify(district).holds

    def test_an_entry_of_another_tenant_cannot_be_forged(
        self, new_district: Callable[[], District]
    ) -> None:
        one, other = new_district(), new_district()
        before = len(numbers(other))

        def forge() -> None:
            with one.entered():
                db.session.execute(
                    text(
                        "INSERT INTO audit_entry (tenant_id, id, at, actor_name, action,"
                        " object_type, object_id, place_code, outcome, payload_digest) VALUES"
                        " (:tenant, gen_random_uuid(), now(), 'x', 'x', 'x', 'x', 'x', 'done', 'x')"
                    ),
                    {"tenant": other.tenant},
                )

        with pytest.raises(exc.ProgrammingError, match="row-level security"):
            forge()
        assert len(numbers(other)) == before
