"""The statement test: a statement that touches a tenant's table must name the tenant.

On Citus such a statement goes to one shard; without it, a prepared plan made for a small tenant
was seen to slow look-ups down fourfold. Row-level security alone does not help there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, event

from core.tenancy import context as tenancy

_NO_ALIAS = (
    "WHERE JOIN LEFT RIGHT FULL INNER CROSS NATURAL ON SET VALUES GROUP ORDER LIMIT FOR RETURNING"
    " USING UNION EXCEPT INTERSECT SELECT OFFSET HAVING WINDOW FETCH TABLESAMPLE FROM TO"
).replace(" ", "|")
_USE = (
    r"(?:\b(FROM|JOIN|INTO|UPDATE|USING|COPY|TRUNCATE|LOCK|TABLE)\s+|,\s*)(?:ONLY\s+)?"
    rf"(?:public\.)?{{table}}\b(?!\.)(?:(?:\s+AS)?\s+(?!(?:{_NO_ALIAS})\b)(\w+))?"
)
_NOISE = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_VALUE = re.compile(r"\b(\w+)\.tenant_id (?:= (?:%|\$|\d)|IN \((?:%|\$|\d))", re.IGNORECASE)
_SAME = re.compile(r"\b(\w+)\.tenant_id = (\w+)\.tenant_id\b", re.IGNORECASE)
_COLUMNS = re.compile(r"\s*\([^)]*\btenant_id\b[^)]*\)", re.IGNORECASE)


class TenantNotNamed(AssertionError):
    """A statement that would have to ask every shard."""


def guard(engine: Engine, tables: Iterable[str]) -> None:
    """Make ``engine`` refuse statements that read or change ``tables`` without the tenant.

    Looking for due work, as the dispatch role, is exempt: it asks for all tenants. A statement is
    judged once, since reading it takes longer than running it and most come again.
    """
    uses = patterns(tables)
    judged = lru_cache(maxsize=4096)(lambda statement: tuple(unnamed(statement, uses)))

    @event.listens_for(engine, "before_cursor_execute")
    def check(conn, cursor, statement, parameters, context, executemany):  # type: ignore[no-untyped-def]
        if tenancy.dispatching():
            return
        if missing := judged(statement):
            raise TenantNotNamed(f"{list(missing)} without tenant_id in: {statement}")


@contextmanager
def recorded(engine: Engine) -> Iterator[list[str]]:
    """Collect the statements that ``engine`` runs meanwhile. BEGIN, COMMIT, ROLLBACK are none."""
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def patterns(tables: Iterable[str]) -> dict[str, re.Pattern[str]]:
    """Return, for each table, what its use in a statement looks like."""
    return {t: re.compile(_USE.format(table=re.escape(t)), re.IGNORECASE) for t in tables}


def unnamed(statement: str, uses: dict[str, re.Pattern[str]]) -> list[str]:
    """Return the tables and aliases that ``statement`` uses without naming the tenant.

    A use is named by ``alias.tenant_id = value``, or by equality with one that is. A table that
    is used twice under one name must be named twice.
    """
    text = " ".join(_NOISE.sub("''", statement.replace('"', "")).split())
    needed: Counter[str] = Counter()
    missing = []
    for table, pattern in uses.items():
        for found in pattern.finditer(text):
            if (found.group(1) or "").upper() != "INTO":
                needed[(found.group(2) or table).lower()] += 1
            elif not _COLUMNS.match(text, found.end()):
                missing.append(table)
    named = _named(text)
    return missing + [name for name, count in needed.items() if named[name] < count]


def _named(text: str) -> Counter[str]:
    """Count how often each alias is bound to a tenant."""
    named = Counter(name.lower() for name in _VALUE.findall(text))
    links = [(one.lower(), other.lower()) for one, other in _SAME.findall(text)]
    while links:
        reached = [pair for pair in links if named[pair[0]] or named[pair[1]]]
        if not reached:
            break
        for one, other in reached:
            links.remove((one, other))
            named[other if named[one] else one] += 1
    return named
