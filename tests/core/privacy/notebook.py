"""Plugins of somebody else that keep names and numbers, and a ledger that points at them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Integer, LargeBinary, Text, delete, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.sdk import (
    Actor,
    Counts,
    ErasureContext,
    Manifest,
    PersonalData,
    PersonalDataHandlers,
    Place,
    PlaceView,
    Section,
    StoredFile,
    Subject,
    Tables,
    TenantScoped,
    Upload,
    Veto,
    attempt,
    cipher,
    db,
    hookimpl,
    keep_file,
    new_id,
    new_metadata,
    ref,
)

_FOLDER = tempfile.TemporaryDirectory(prefix="linli-notebook-")
MIGRATION = """
import sqlalchemy as sa
from alembic import op

from core.sdk.migrations import protect

revision, down_revision, branch_labels, depends_on = "0001", None, None, None


def table(name, *columns, **references):
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *(sa.Column(c, sa.Uuid(), nullable=c == "file_id") for c in references),
        *columns,
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", column], [f"{{to}}.tenant_id", f"{{to}}.id"],
                name=f"{{name}}_{{column}}_fkey", ondelete="RESTRICT",
            )
            for column, to in references.items()
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{{name}}_pkey"),
    )
    for column in references:
        op.create_index(f"{{name}}_{{column}}_ix", name, ["tenant_id", column])
    protect(name)


def upgrade():
    table(
        "p_{id}__entry",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.Text(), nullable=True),
        place_id="place",
        file_id="stored_file",
    )
    table(
        "p_{id}__line",
        sa.Column("points", sa.Integer(), nullable=False),
        place_id="place",
        entry_id="p_{id}__entry",
    )


def downgrade():
    op.drop_table("p_{id}__line")
    op.drop_table("p_{id}__entry")
"""


class Notebook:
    """Keeps entries about people, and points for them in a ledger.

    ``fault`` answers in place of its handlers, in the way that the test sets.
    """

    def __init__(self, id_: str, name: str, *erased: str) -> None:
        self.manifest = Manifest(
            id=id_, name=name, summary=name, personal_data=(PersonalData("名字", "记事", "一年"),)
        )
        self.entry, self.line = _tables(id_)
        self.fault: Callable[[], Any] | None = None
        self.reason = ""
        self.erased = erased

    @contextmanager
    def failing(self, fault: Callable[[], Any]) -> Iterator[None]:
        self.fault = fault
        try:
            yield
        finally:
            self.fault = None

    @contextmanager
    def objecting(self, reason: str) -> Iterator[None]:
        self.reason = reason
        try:
            yield
        finally:
            self.reason = ""

    @hookimpl
    def linli_tables(self) -> Tables:
        folder = Path(_FOLDER.name, self.manifest.id)
        folder.mkdir(exist_ok=True)
        (folder / "first.py").write_text(MIGRATION.format(id=self.manifest.id), "utf-8")
        return Tables(self.entry.metadata, folder)

    @hookimpl
    def linli_personal_data(self) -> PersonalDataHandlers:
        return PersonalDataHandlers(
            self.export_person,
            self.erase_person,
            self.export_community,
            self.erase_community,
            erased=self.erased,
        )

    @hookimpl
    def linli_refuse_erasure(self, ctx: ErasureContext) -> Veto | None:
        return Veto(self.reason) if self.reason else None

    def write(self, place: PlaceView, name: str, phone: str, *points: int) -> UUID:
        """Enter a person at a community and give points."""
        entry_id = new_id()
        with attempt(
            Actor.system("tests"),
            f"{self.manifest.id}.entry.create",
            object_type=f"{self.manifest.id}.entry",
            object_id=entry_id,
            place_code=place.code,
        ):
            db.session.add(
                self.entry(
                    id=entry_id,
                    place_id=place.id,
                    name=name,
                    phone_sealed=cipher().seal(phone, self.purpose, entry_id),
                    phone_index=cipher().blind_index(phone, self.purpose),
                )
            )
            db.session.flush()
            for number in points:
                db.session.add(self.line(place_id=place.id, entry_id=entry_id, points=number))
        return entry_id

    def attach(self, place: PlaceView, entry: UUID, name: str, at: PlaceView | None = None) -> None:
        """Keep a file with an entry of ``place``; it may be kept at another place."""
        with attempt(
            Actor.system("tests"),
            f"{self.manifest.id}.entry.attach",
            object_type=f"{self.manifest.id}.entry",
            object_id=entry,
            place_code=place.code,
        ):
            upload = Upload(name, "application/pdf", f"%PDF-1.7 {name}".encode())
            row = db.session.execute(select(self.entry).filter_by(id=entry)).scalar_one()
            row.file_id = keep_file(at or place, self.manifest.id, upload).id

    @property
    def purpose(self) -> str:
        return f"p_{self.manifest.id}__entry.phone"

    def export_person(self, subject: Subject) -> Sequence[Section]:
        if self.fault is not None:
            return cast(Any, self.fault())
        entries = self._of(subject)
        ids = [entry.id for entry in entries]
        lines = db.session.execute(
            select(self.line.points).where(self.line.entry_id.in_(ids)).order_by(self.line.id)
        ).scalars()
        return [
            self._section("entry", [{"name": entry.name} for entry in entries]),
            self._section("line", [{"points": points} for points in lines]),
        ]

    def erase_person(self, actor: Actor, subject: Subject) -> Counts:
        if self.fault is not None:
            return cast(Any, self.fault())
        entries = self._of(subject)
        for entry in entries:
            entry.name, entry.phone_sealed, entry.phone_index = "", None, None
        db.session.flush()
        return {f"{self.manifest.id}.entry": len(entries)}

    def export_community(self, place: PlaceView) -> Sequence[Section]:
        rows = db.session.execute(select(self.entry.name).filter_by(place_id=place.id)).scalars()
        lines = db.session.execute(select(self.line.points).filter_by(place_id=place.id)).scalars()
        return [
            self._section("entry", [{"name": name} for name in rows]),
            self._section("line", [{"points": points} for points in lines]),
        ]

    def erase_community(self, actor: Actor, place: PlaceView) -> Counts:
        if self.fault is not None:
            return cast(Any, self.fault())
        found = {}
        for name, model in (("line", self.line), ("entry", self.entry)):
            gone = delete(model).where(model.place_id == place.id).returning(model.id)
            found[f"{self.manifest.id}.{name}"] = len(db.session.execute(gone).all())
        return found

    def _of(self, subject: Subject) -> list[Any]:
        index = cipher().blind_index(subject.phone, self.purpose)
        query = select(self.entry).where(self.entry.phone_index == index).order_by(self.entry.id)
        return list(db.session.execute(query).scalars())

    def _section(self, name: str, rows: list[dict[str, Any]]) -> Section:
        return Section(f"{self.manifest.id}.{name}", name, rows)


def _tables(id_: str) -> tuple[Any, Any]:
    class Base(DeclarativeBase):
        metadata = new_metadata()

    class Entry(TenantScoped, Base):
        __tablename__ = f"p_{id_}__entry"

        place_id: Mapped[UUID] = ref(Place)
        name: Mapped[str] = mapped_column(Text)
        phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
        phone_index: Mapped[str | None] = mapped_column(Text)
        file_id: Mapped[UUID | None] = ref(StoredFile, nullable=True)

    class Line(TenantScoped, Base):
        __tablename__ = f"p_{id_}__line"
        __table_args__ = ({"info": {"access": "append-only"}},)

        place_id: Mapped[UUID] = ref(Place)
        entry_id: Mapped[UUID] = ref(Entry)
        points: Mapped[int] = mapped_column(Integer)

    return Entry, Line


diary, letters = Notebook("diary", "日记", "diary.entry"), Notebook("letters", "信件")
