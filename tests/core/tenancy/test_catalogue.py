"""The catalogue of PostgreSQL, walked for what would let one tenant reach another.

The rules are those of docs/architecture.md, *Tenancy*. Each is one query that returns what breaks
it; the second half of this file makes every rule fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Column, Integer, MetaData, Table
from sqlalchemy.engine import make_url

from core.app import create_app, refuse_powerful_role
from core.config import Config, ConfigError
from core.db import db
from core.migrate import History
from core.plugin_host.host import PluginHost
from core.servers import Addresses

SHARED = ("tenant",)
APP, OWNER = "linli_app", "linli_owner"
BATCH, DISPATCH = "linli_batch", "linli_dispatch"
OWN = "(tenant_id = (NULLIF(current_setting('linli.tenant'::text, true), ''::text))::integer)"
MAY = {
    "full": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "append-only": {"SELECT", "INSERT"},
    "shared": {"SELECT", "INSERT"},
}
BATCH_MAY = {**MAY, "append-only": MAY["full"], "shared": {"SELECT"}}
INDEXABLE = "'int4', 'int8', 'text', 'varchar', 'uuid', 'date', 'timestamptz', 'bool'"

_KNOWN = """
    WITH relation AS (
        SELECT c.oid, c.relname AS name, c.relkind AS kind, c.relrowsecurity, c.relforcerowsecurity,
            (SELECT attnum FROM pg_attribute a WHERE a.attrelid = c.oid
                AND a.attname = 'tenant_id' AND NOT a.attisdropped) AS tenant
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind NOT IN ('i','I')
    ), owned AS (SELECT * FROM relation WHERE tenant IS NOT NULL)
"""
RULES = {
    "is neither a tenant's, nor named as shared": """
        SELECT name, '' FROM relation WHERE tenant IS NULL AND kind = 'r'
            AND name <> ALL (%(shared)s) AND name !~ '^(core|p_[a-z0-9_]+_)_version$'""",
    "is no plain table": "SELECT name, kind::text FROM relation WHERE kind <> 'r'",
    "has a primary key that does not begin with tenant_id": """
        SELECT name, '' FROM owned WHERE NOT EXISTS (SELECT FROM pg_constraint k
            WHERE k.conrelid = owned.oid AND k.contype = 'p' AND k.conkey[1] = owned.tenant)""",
    "may leave tenant_id empty": """
        SELECT name, '' FROM owned JOIN pg_attribute a ON a.attrelid = owned.oid
            AND a.attnum = owned.tenant WHERE NOT a.attnotnull""",
    "has a tenant_id that is no int": """
        SELECT name, a.atttypid::regtype::text FROM owned JOIN pg_attribute a
            ON a.attrelid = owned.oid AND a.attnum = owned.tenant
            WHERE a.atttypid <> 'int4'::regtype""",
    "does not enable row security": """
        SELECT name, '' FROM relation WHERE NOT relrowsecurity AND kind = 'r'
            AND name !~ '^(core|p_[a-z0-9_]+_)_version$'""",
    "does not force row security": """
        SELECT name, '' FROM relation WHERE NOT relforcerowsecurity AND kind = 'r'
            AND name !~ '^(core|p_[a-z0-9_]+_)_version$'""",
    "lacks the policy": """
        SELECT name, '' FROM owned WHERE NOT EXISTS (SELECT FROM pg_policies p
            WHERE p.schemaname = 'public' AND p.tablename = owned.name
            AND p.permissive = 'PERMISSIVE' AND p.roles = '{public}' AND p.cmd = 'ALL'
            AND p.qual = %(own)s AND p.with_check = %(own)s)""",
    "has another policy": """
        SELECT name, policyname FROM owned JOIN pg_policies p
            ON p.schemaname = 'public' AND p.tablename = owned.name
            WHERE (p.cmd <> 'ALL' OR p.qual IS DISTINCT FROM %(own)s
                OR p.with_check IS DISTINCT FROM %(own)s OR p.roles <> '{public}')
            AND p.permissive = 'PERMISSIVE'  -- a restrictive one can only narrow
            AND (p.cmd <> 'SELECT' OR p.roles <> '{linli_dispatch}' OR name <> ALL (%(due)s))""",
    "has a unique index that does not begin with tenant_id": """
        SELECT name, i.indexrelid::regclass::text FROM owned
            JOIN pg_index i ON i.indrelid = owned.oid
            WHERE (i.indisunique OR i.indisexclusion) AND i.indkey[0] <> owned.tenant""",
    "has an index that does not begin with tenant_id": """
        SELECT name, i.indexrelid::regclass::text FROM owned
            JOIN pg_index i ON i.indrelid = owned.oid
            WHERE NOT (i.indisunique OR i.indisexclusion) AND i.indkey[0] <> owned.tenant""",
    "indexes what row security holds back": f"""
        SELECT name, i.indexrelid::regclass::text FROM owned
            JOIN pg_index i ON i.indrelid = owned.oid
            CROSS JOIN LATERAL unnest(i.indkey::int2[]) AS key(attnum)
            LEFT JOIN pg_attribute a ON a.attrelid = owned.oid AND a.attnum = key.attnum
            LEFT JOIN pg_type t ON t.oid = a.atttypid
            WHERE key.attnum = 0 OR t.typname NOT IN ({INDEXABLE})""",
    "has a foreign key that does not carry the tenant": """
        SELECT owned.name, k.conname FROM owned
            JOIN pg_constraint k ON k.conrelid = owned.oid AND k.contype = 'f'
            JOIN owned AS target ON target.oid = k.confrelid
            WHERE k.conkey[1] <> owned.tenant OR k.confkey[1] <> target.tenant
            OR cardinality(k.conkey) < 2""",
    "is shared and refers to a tenant's table": """
        SELECT relation.name, k.conname FROM relation
            JOIN pg_constraint k ON k.conrelid = relation.oid AND k.contype = 'f'
            JOIN owned AS target ON target.oid = k.confrelid WHERE relation.tenant IS NULL""",
    "has a foreign key that is neither RESTRICT nor CASCADE": """
        SELECT name, k.conname FROM relation
            JOIN pg_constraint k ON k.conrelid = relation.oid AND k.contype = 'f'
            WHERE k.confdeltype NOT IN ('r', 'c') OR k.confupdtype NOT IN ('a', 'r')""",
    "has a trigger": """
        SELECT name, t.tgname FROM relation JOIN pg_trigger t ON t.tgrelid = relation.oid
            WHERE NOT t.tgisinternal""",
    "has a rule": """
        SELECT name, r.rulename FROM relation JOIN pg_rewrite r ON r.ev_class = relation.oid
            WHERE kind = 'r'""",
    "inherits": """
        SELECT name, h.inhparent::regclass::text FROM relation
            JOIN pg_inherits h ON h.inhrelid = relation.oid""",
    "has a constraint that is not valid": """
        SELECT name, k.conname FROM relation JOIN pg_constraint k ON k.conrelid = relation.oid
            WHERE NOT k.convalidated""",
    "has a default that changes": """
        SELECT name, a.attname FROM relation
            JOIN pg_attribute a ON a.attrelid = relation.oid AND a.atthasdef""",
    "keeps codes in another order than C": """
        SELECT name, a.attname FROM owned JOIN pg_attribute a ON a.attrelid = owned.oid
            AND a.attnum > 0 AND (a.attname = 'code' OR a.attname ~ '_code$')
            AND a.attcollation <> 0 AND NOT a.attisdropped
            WHERE a.attcollation <> 'pg_catalog."C"'::regcollation""",
    "is a type of its own": """
        SELECT t.typname, t.typtype::text FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
            WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd', 'r')""",
    "is a function of its own": """
        SELECT p.proname, p.oid::regprocedure::text FROM pg_proc p
            WHERE p.pronamespace = 'public'::regnamespace""",
    "does not belong to the owner": """
        SELECT name, pg_get_userbyid(c.relowner) FROM relation JOIN pg_class c USING (oid)
            WHERE pg_get_userbyid(c.relowner) <> 'linli_owner'""",
}
_CONSTRAINTS = f"""{_KNOWN}
    SELECT name, array_agg(k.conname::text ORDER BY k.conname) AS names FROM relation
    JOIN pg_constraint k ON k.conrelid = relation.oid AND k.contype <> 'n' GROUP BY name"""
_RIGHTS = f"""{_KNOWN}, granted AS (
        SELECT oid, '' AS part, acl.* FROM pg_class c
            CROSS JOIN LATERAL aclexplode(c.relacl) AS acl
        UNION ALL
        SELECT attrelid, attname, acl.* FROM pg_attribute a
            CROSS JOIN LATERAL aclexplode(a.attacl) AS acl
    )
    SELECT name, coalesce(r.rolname, 'PUBLIC') AS role, privilege_type AS right, part
    FROM relation JOIN granted USING (oid) LEFT JOIN pg_roles r ON r.oid = granted.grantee
    WHERE coalesce(r.rolname, 'PUBLIC') <> 'linli_owner'"""

Models = Mapping[str, Table]


def violations(owner: psycopg.Connection, models: Models) -> list[str]:
    """Return every rule that a relation of the schema breaks, as sentences."""
    due = [name for name, table in models.items() if table.info.get("due")]
    given = {"shared": list(SHARED), "own": OWN, "due": due}
    found = []
    for rule, query in RULES.items():
        rows = owner.execute(_KNOWN + query, given)
        found += [f"{name} {rule}" + (f": {detail}" if detail else "") for name, detail in rows]
    return found + _other_names(owner, models) + _other_rights(owner, models)


def _other_names(owner: psycopg.Connection, models: Models) -> list[str]:
    """Constraints are what the models name, so that Citus knows every one by name."""
    named = {name: set(names) for name, names in owner.execute(_CONSTRAINTS)}
    found = []
    for name, table in models.items():
        ours = {str(c.name) for c in table.constraints if c.name is not None}
        unnamed = [type(c).__name__ for c in table.constraints if c.name is None]
        found += [f"{name} has an unnamed constraint in its model: {kind}" for kind in unnamed]
        found += [
            f"{name} has a constraint that only one side knows: {other}"
            for other in sorted(named.get(name, set()) ^ ours)
        ]
    return found


def _other_rights(owner: psycopg.Connection, models: Models) -> list[str]:
    """Everybody may do exactly what the table's ``info`` says."""
    expected = set()
    for name, table in models.items():
        access = table.info.get("access", "full")
        expected |= {(name, APP, right, "") for right in MAY[access]}
        erasing = MAY["append-only"] if table.info.get("kept") else BATCH_MAY[access]
        expected |= {(name, BATCH, right, "") for right in erasing}
        expected |= {(name, APP, "UPDATE", part) for part in table.info.get("update", ())}
        if due := table.info.get("due"):
            expected |= {(name, DISPATCH, "SELECT", part) for part in ("tenant_id", "id", *due)}
    held = set(owner.execute(_RIGHTS))
    said = [("may not", right) for right in expected - held]
    said += [("may", right) for right in held - expected]
    return sorted(
        f"{name}: {role} {may} {right}" + (f" {part}" if part else "")
        for may, (name, role, right, part) in said
    )


@pytest.fixture(scope="module")
def models(app: Flask) -> dict[str, Table]:
    """Every table of core and of the plugins."""
    host: PluginHost = app.extensions["linli.plugins"]
    histories: list[History] = host.histories()
    return {t.name: t for h in histories for t in h.metadata.sorted_tables}


@pytest.fixture
def owner(addresses: Addresses) -> Iterator[psycopg.Connection]:
    """The owner in a transaction that is rolled back."""
    url = make_url(addresses.database_owner_url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string()) as connection:
        yield connection
        connection.rollback()


def test_the_schema_breaks_no_rule(owner: psycopg.Connection, models: dict[str, Table]) -> None:
    assert violations(owner, models) == []


def test_the_walk_saw_every_table(owner: psycopg.Connection, models: dict[str, Table]) -> None:
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    tables = {name for (name,) in owner.execute(query)}
    versions = {name for name in tables if re.fullmatch(r"(core|p_[a-z0-9_]+_)_version", name)}
    plugins = {name.partition("__")[0] for name in models if name.startswith("p_")}

    assert tables - versions == set(models)
    assert {name for name, table in models.items() if "tenant_id" not in table.c} == set(SHARED)
    assert versions == {"core_version", *(f"{plugin}__version" for plugin in plugins)}


def test_the_audit_log_can_only_be_appended_to_and_sealed(models: dict[str, Table]) -> None:
    assert models["audit_entry"].info["access"] == "append-only"
    assert models["audit_entry"].info["update"] == ("seal_number", "seal")
    assert models["audit_payload"].info == {"access": "append-only", "kept": True}


def test_the_batch_role_leaves_log_and_keys_alone(models: dict[str, Table]) -> None:
    kept = {name for name, table in models.items() if table.info.get("kept")}
    assert kept == {"audit_entry", "audit_payload", "tenant_key"}


def test_an_entry_of_the_audit_log_is_sealed_once(owner: psycopg.Connection) -> None:
    rows = owner.execute(
        "SELECT policyname, permissive, roles::text[], cmd, qual, with_check FROM pg_policies"
        " WHERE schemaname = 'public' AND tablename LIKE 'audit%' ORDER BY policyname"
    )
    assert rows.fetchall() == [
        ("audit_entry_dispatch", "PERMISSIVE", ["linli_dispatch"], "SELECT", "true", None),
        ("audit_entry_once", "RESTRICTIVE", ["public"], "UPDATE", "(seal_number IS NULL)", "true"),
        ("audit_entry_tenant", "PERMISSIVE", ["public"], "ALL", OWN, OWN),
        ("audit_payload_tenant", "PERMISSIVE", ["public"], "ALL", OWN, OWN),
    ]


def test_a_tenant_writes_only_about_itself_in_the_shared_list(owner: psycopg.Connection) -> None:
    own = OWN.replace("tenant_id", "id")
    rows = owner.execute(
        "SELECT policyname, permissive, roles::text[], cmd, qual, with_check FROM pg_policies"
        " WHERE schemaname = 'public' AND tablename = 'tenant' ORDER BY policyname"
    )
    assert rows.fetchall() == [
        ("tenant_insert", "PERMISSIVE", ["public"], "INSERT", None, own),
        ("tenant_read", "PERMISSIVE", ["public"], "SELECT", "true", None),
        ("tenant_update", "PERMISSIVE", ["public"], "UPDATE", own, None),
    ]


def test_the_dispatch_role_sees_of_the_audit_log_only_what_is_due(
    owner: psycopg.Connection,
) -> None:
    rows = owner.execute(
        "SELECT table_name, column_name, privilege_type"
        " FROM information_schema.column_privileges WHERE grantee = 'linli_dispatch'"
        " AND table_name LIKE 'audit%' ORDER BY 1, 2"
    )
    assert rows.fetchall() == [
        ("audit_entry", "id", "SELECT"),
        ("audit_entry", "seal_number", "SELECT"),
        ("audit_entry", "tenant_id", "SELECT"),
    ]


def test_no_role_of_ours_stands_above_row_security(owner: psycopg.Connection) -> None:
    rows = owner.execute(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolreplication, rolcreatedb,"
        " rolinherit, rolcanlogin FROM pg_roles"
        " WHERE rolname IN ('linli_app', 'linli_batch', 'linli_dispatch', 'linli_owner') ORDER BY 1"
    )
    no = (False,) * 4
    assert rows.fetchall() == [
        (APP, *no, False, False, True),
        (BATCH, *no, False, True, False),
        (DISPATCH, *no, False, True, False),
        (OWNER, *no, True, True, True),
    ]
    members = owner.execute(
        "SELECT member::regrole::text, roleid::regrole::text, inherit_option, admin_option"
        " FROM pg_auth_members WHERE member IN ('linli_app'::regrole, 'linli_batch'::regrole,"
        " 'linli_dispatch'::regrole, 'linli_owner'::regrole) ORDER BY 2"
    )
    assert members.fetchall() == [(APP, BATCH, False, False), (APP, DISPATCH, False, False)]


def test_nothing_can_be_made_in_the_schema_and_nothing_is_open_by_default(
    owner: psycopg.Connection,
) -> None:
    rows = owner.execute(
        "SELECT has_schema_privilege('linli_app', 'public', 'CREATE'),"
        " has_schema_privilege('linli_batch', 'public', 'CREATE'),"
        " has_schema_privilege('linli_dispatch', 'public', 'CREATE'),"
        " (SELECT count(*) FROM pg_default_acl)"
    )
    assert rows.fetchall() == [(False, False, False, 0)]


def test_serving_is_refused_to_a_role_that_inherits_what_the_dispatch_role_sees(
    superuser: psycopg.Connection, addresses: Addresses, config: Config
) -> None:
    superuser.execute("CREATE ROLE test_inheriting LOGIN IN ROLE linli_dispatch")
    url = make_url(addresses.database_url).set(username="test_inheriting").render_as_string()
    app = create_app(config, database_url=url, valkey_url=addresses.valkey_url)
    try:
        with pytest.raises(ConfigError, match="DATABASE_URL: its role inherits linli_dispatch"):
            refuse_powerful_role(app)
    finally:
        with app.app_context():
            db.engine.dispose()
        superuser.execute("DROP ROLE test_inheriting")


def test_the_application_s_own_role_may_serve(app: Flask) -> None:
    refuse_powerful_role(app)


GOOD = f"""
    CREATE TABLE bad (tenant_id int NOT NULL, id uuid NOT NULL, place_id uuid,
        code text COLLATE "C", points numeric, tags text[],
        CONSTRAINT bad_pkey PRIMARY KEY (tenant_id, id));
    ALTER TABLE bad ENABLE ROW LEVEL SECURITY;
    ALTER TABLE bad FORCE ROW LEVEL SECURITY;
    CREATE POLICY bad_tenant ON bad USING {OWN} WITH CHECK {OWN}"""
POLICY = "DROP POLICY bad_tenant ON bad; CREATE POLICY bad_tenant ON bad"
BREACHES: dict[str, tuple[str, list[str]]] = {
    "nothing": ("SELECT 1", []),
    "no primary key": (
        "ALTER TABLE bad DROP CONSTRAINT bad_pkey",
        ["bad has a primary key that does not begin with tenant_id"],
    ),
    "primary key the wrong way round": (
        "ALTER TABLE bad DROP CONSTRAINT bad_pkey;"
        " ALTER TABLE bad ADD CONSTRAINT bad_pkey PRIMARY KEY (id, tenant_id)",
        [
            "bad has a primary key that does not begin with tenant_id",
            "bad has a unique index that does not begin with tenant_id: bad_pkey",
        ],
    ),
    "a wide tenant": (
        "ALTER TABLE bad DROP CONSTRAINT bad_pkey; DROP POLICY bad_tenant ON bad;"
        " ALTER TABLE bad ALTER tenant_id TYPE bigint;"
        " ALTER TABLE bad ADD CONSTRAINT bad_pkey PRIMARY KEY (tenant_id, id)",
        ["bad has a tenant_id that is no int: bigint", "bad lacks the policy"],
    ),
    "an empty tenant": (
        "ALTER TABLE bad DROP CONSTRAINT bad_pkey; ALTER TABLE bad ALTER tenant_id DROP NOT NULL",
        [
            "bad has a primary key that does not begin with tenant_id",
            "bad may leave tenant_id empty",
        ],
    ),
    "row security off": (
        "ALTER TABLE bad DISABLE ROW LEVEL SECURITY",
        ["bad does not enable row security"],
    ),
    "row security not forced": (
        "ALTER TABLE bad NO FORCE ROW LEVEL SECURITY",
        ["bad does not force row security"],
    ),
    "no policy": ("DROP POLICY bad_tenant ON bad", ["bad lacks the policy"]),
    "reading only": (
        f"{POLICY} FOR SELECT USING {OWN}",
        ["bad lacks the policy", "bad has another policy: bad_tenant"],
    ),
    "writing unchecked": (
        f"{POLICY} USING {OWN} WITH CHECK (true)",
        ["bad lacks the policy", "bad has another policy: bad_tenant"],
    ),
    "a sub-select around it": (
        f"{POLICY} USING (tenant_id = (SELECT nullif(current_setting('linli.tenant', true),"
        f" '')::int)) WITH CHECK {OWN}",
        ["bad lacks the policy", "bad has another policy: bad_tenant"],
    ),
    "a cast of the column": (
        f"{POLICY} USING (tenant_id::text = current_setting('linli.tenant', true))"
        f" WITH CHECK {OWN}",
        ["bad lacks the policy", "bad has another policy: bad_tenant"],
    ),
    "an open door beside it": (
        "CREATE POLICY bad_open ON bad USING (true)",
        ["bad has another policy: bad_open"],
    ),
    "a narrower door": (
        "CREATE POLICY bad_narrow ON bad AS RESTRICTIVE FOR UPDATE USING (code IS NULL)",
        [],
    ),
    "a door for the dispatch role": (
        "CREATE POLICY bad_dispatch ON bad FOR SELECT TO linli_dispatch USING (true)",
        ["bad has another policy: bad_dispatch"],
    ),
    "unique without tenant": (
        "ALTER TABLE bad ADD CONSTRAINT bad_code_key UNIQUE (code)",
        ["bad has a unique index that does not begin with tenant_id: bad_code_key"],
    ),
    "unique index without tenant": (
        "CREATE UNIQUE INDEX bad_code_key ON bad (code, tenant_id) WHERE place_id IS NULL",
        ["bad has a unique index that does not begin with tenant_id: bad_code_key"],
    ),
    "exclusion without tenant": (
        "ALTER TABLE bad ADD CONSTRAINT bad_excl EXCLUDE (code WITH =)",
        ["bad has a unique index that does not begin with tenant_id: bad_excl"],
    ),
    "index without tenant": (
        "CREATE INDEX bad_code_ix ON bad (code)",
        ["bad has an index that does not begin with tenant_id: bad_code_ix"],
    ),
    "index of a number": (
        "CREATE INDEX bad_points_ix ON bad (tenant_id, points)",
        ["bad indexes what row security holds back: bad_points_ix"],
    ),
    "index of an array": (
        "CREATE INDEX bad_tags_ix ON bad (tenant_id, tags)",
        ["bad indexes what row security holds back: bad_tags_ix"],
    ),
    "index of an expression": (
        "CREATE INDEX bad_code_ix ON bad (tenant_id, lower(code))",
        ["bad indexes what row security holds back: bad_code_ix"],
    ),
    "an enum": (
        "CREATE TYPE mood AS ENUM ('good'); ALTER TABLE bad ADD mood mood;"
        " CREATE INDEX bad_mood_ix ON bad (tenant_id, mood)",
        [
            "bad indexes what row security holds back: bad_mood_ix",
            "mood is a type of its own: e",
        ],
    ),
    "a reference the wrong way round": (
        "ALTER TABLE place ADD CONSTRAINT other UNIQUE (id, tenant_id);"
        " ALTER TABLE bad ADD CONSTRAINT bad_place_id_fkey FOREIGN KEY (place_id, tenant_id)"
        " REFERENCES place (id, tenant_id) ON DELETE RESTRICT",
        [
            "place has a unique index that does not begin with tenant_id: other",
            "bad has a foreign key that does not carry the tenant: bad_place_id_fkey",
            "place has a constraint that only one side knows: other",
        ],
    ),
    "a reference without tenant": (
        "ALTER TABLE place ADD CONSTRAINT other UNIQUE (id);"
        " ALTER TABLE bad ADD CONSTRAINT bad_place_id_fkey FOREIGN KEY (place_id)"
        " REFERENCES place (id) ON DELETE RESTRICT",
        [
            "place has a unique index that does not begin with tenant_id: other",
            "bad has a foreign key that does not carry the tenant: bad_place_id_fkey",
            "place has a constraint that only one side knows: other",
        ],
    ),
    "set null": (
        "ALTER TABLE bad ADD CONSTRAINT bad_place_id_fkey FOREIGN KEY (tenant_id, place_id)"
        " REFERENCES place (tenant_id, id) ON DELETE SET NULL (place_id)",
        ["bad has a foreign key that is neither RESTRICT nor CASCADE: bad_place_id_fkey"],
    ),
    "a tenant that may change": (
        "ALTER TABLE bad ADD CONSTRAINT bad_place_id_fkey FOREIGN KEY (tenant_id, place_id)"
        " REFERENCES place (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE",
        ["bad has a foreign key that is neither RESTRICT nor CASCADE: bad_place_id_fkey"],
    ),
    "not validated": (
        "ALTER TABLE bad ADD CONSTRAINT bad_code_check CHECK (code <> '') NOT VALID",
        ["bad has a constraint that is not valid: bad_code_check"],
    ),
    "a rule": (
        "CREATE RULE bad_rule AS ON DELETE TO bad DO INSTEAD NOTHING",
        ["bad has a rule: bad_rule"],
    ),
    "a function and a trigger": (
        "CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        " CREATE TRIGGER bad_trigger BEFORE INSERT ON bad FOR EACH ROW EXECUTE FUNCTION noted()",
        ["bad has a trigger: bad_trigger", "noted is a function of its own: noted()"],
    ),
    "a default": (
        "ALTER TABLE bad ALTER id SET DEFAULT gen_random_uuid()",
        ["bad has a default that changes: id"],
    ),
    "a code in the language's order": (
        'ALTER TABLE bad ALTER code TYPE text COLLATE "unicode"',
        ["bad keeps codes in another order than C: code"],
    ),
    "a view": (
        "CREATE VIEW all_places AS SELECT code FROM place",
        ["all_places is no plain table: v"],
    ),
    "a sequence": ("CREATE SEQUENCE numbers", ["numbers is no plain table: S"]),
    "no right to delete": (
        "REVOKE DELETE ON place FROM linli_app",
        ["place: linli_app may not DELETE"],
    ),
    "the right to truncate": (
        "GRANT TRUNCATE ON place TO linli_app",
        ["place: linli_app may TRUNCATE"],
    ),
    "a right for everybody": ("GRANT SELECT ON place TO PUBLIC", ["place: PUBLIC may SELECT"]),
    "a right that the batch role lacks": (
        "REVOKE DELETE ON place FROM linli_batch",
        ["place: linli_batch may not DELETE"],
    ),
    "a key that the batch role may delete": (
        "GRANT DELETE ON tenant_key TO linli_batch",
        ["tenant_key: linli_batch may DELETE"],
    ),
    "a right of the dispatch role": (
        "GRANT SELECT (code) ON place TO linli_dispatch",
        ["place: linli_dispatch may SELECT code"],
    ),
    "a right on a table that no model knows": (
        "GRANT SELECT ON bad TO linli_app",
        ["bad: linli_app may SELECT"],
    ),
    "a ledger that can be changed": (
        "GRANT UPDATE (actor_name) ON audit_entry TO linli_app;"
        " GRANT DELETE ON audit_payload TO linli_app",
        [
            "audit_entry: linli_app may UPDATE actor_name",
            "audit_payload: linli_app may DELETE",
        ],
    ),
    "a version that the application reads": (
        "GRANT SELECT ON core_version TO linli_app",
        ["core_version: linli_app may SELECT"],
    ),
    "no tenant": (
        "CREATE TABLE odd (id int CONSTRAINT odd_pkey PRIMARY KEY, tenant int, place uuid,"
        " CONSTRAINT odd_fkey FOREIGN KEY (tenant, place)"
        " REFERENCES place (tenant_id, id) ON DELETE CASCADE)",
        [
            "odd is neither a tenant's, nor named as shared",
            "odd does not enable row security",
            "odd does not force row security",
            "odd is shared and refers to a tenant's table: odd_fkey",
        ],
    ),
    "a partitioned table": (
        "CREATE TABLE parts (id int) PARTITION BY LIST (id)",
        ["parts is no plain table: p"],
    ),
    "a table that inherits": (
        "CREATE TABLE p_child__version () INHERITS (core_version)",
        ["p_child__version inherits: core_version"],
    ),
}


@pytest.mark.parametrize("name", BREACHES)
def test_the_walk_names_what_breaks_a_rule(
    owner: psycopg.Connection, models: dict[str, Table], name: str
) -> None:
    statements, expected = BREACHES[name]
    owner.execute(f"{GOOD}; {statements}")

    assert violations(owner, models) == expected


def test_a_constraint_that_the_model_does_not_name_is_named(
    owner: psycopg.Connection, models: dict[str, Table]
) -> None:
    owner.execute(f"{GOOD}; ALTER TABLE bad ADD CHECK (code <> '')")
    model = Table("bad", MetaData(), Column("tenant_id", Integer, primary_key=True))
    model.info["access"] = "shared"

    assert violations(owner, {**models, "bad": model}) == [
        "bad has an unnamed constraint in its model: PrimaryKeyConstraint",
        "bad has a constraint that only one side knows: bad_code_check",
        "bad has a constraint that only one side knows: bad_pkey",
        "bad: linli_app may not INSERT",
        "bad: linli_app may not SELECT",
        "bad: linli_batch may not SELECT",
    ]


def test_a_table_of_somebody_else_is_named(
    superuser: psycopg.Connection, models: dict[str, Table]
) -> None:
    with superuser.transaction(force_rollback=True):
        superuser.execute("ALTER TABLE tenant_key OWNER TO postgres")
        found = violations(superuser, models)

    assert found[0] == "tenant_key does not belong to the owner: postgres"
    assert all(sentence.startswith("tenant_key: postgres may ") for sentence in found[1:])
