"""A file as the field of a form: what the browser sent, or what was kept aside before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _
from marshmallow import ValidationError, fields
from werkzeug.datastructures import FileStorage, MultiDict

from core.accounts.actor import Actor
from core.errors import Invalid
from core.files.aside import find_aside, put_aside
from core.files.uploads import Upload, read_upload
from core.places.view import PlaceView


@dataclass(frozen=True)
class Kept:
    """A file that was put aside: what a form shows of it, and what it sends back."""

    id: UUID
    name: str


class SentFile:
    """What a form sent for one field: a file, the name of one that was put aside, or both."""

    def __init__(self, form: SentFiles, file: FileStorage | None, aside: UUID | None) -> None:
        self._form, self._file, self._aside = form, file, aside
        self._upload: Upload | None = None

    def read(self) -> Upload:
        """Return the file, or else the one put aside.

        Raises:
            Invalid: it cannot be accepted, or is not there any more.
        """
        if self._file is not None:
            self._upload = read_upload(self._file.filename or "", self._file.stream)
        else:
            self._upload = self._form.find(self._aside)
        if self._upload is None:
            raise Invalid(_("This file is not kept any more. Choose it again."))
        return self._upload

    def put_aside(self, *, refused: bool) -> Kept | None:
        """Keep the file for a day, for the person who sent it.

        When the file itself was ``refused``, what it should have replaced is kept still.
        """
        upload = self._form.find(self._aside) if refused else self._upload
        return self._form.put_aside(upload) if upload else None


class SentFiles:
    """The files of one posted form. Who is not signed in sends none from aside."""

    def __init__(
        self,
        actor: Actor,
        place: PlaceView,
        plugin: str,
        typed: Mapping[str, str],
        files: MultiDict[str, FileStorage],
    ) -> None:
        self._actor, self._place, self._plugin = actor, place, plugin
        self._typed, self._files = typed, files

    def sent(self, name: str) -> SentFile | None:
        """Return what was sent for the field ``name``: a file, or the name of one kept aside."""
        file, aside = self._files.get(name), self._typed.get(f"{name}-kept")
        chosen = file if file is not None and file.filename else None
        return SentFile(self, chosen, _uuid(aside)) if chosen or aside else None

    def find(self, id_: UUID | None) -> Upload | None:
        """Return what the sender put aside earlier."""
        if id_ is None or self._actor.id is None:
            return None
        return find_aside(self._actor.id, self._place, self._plugin, id_)

    def put_aside(self, upload: Upload) -> Kept | None:
        """Keep ``upload`` for the sender; nobody is known who is not signed in."""
        if self._actor.id is None:
            return None
        return Kept(put_aside(self._actor.id, self._place, self._plugin, upload), upload.name)


class UploadField(fields.Field[Upload]):
    """A photo (JPEG, PNG, WebP) or PDF of at most 5 MB in a form; loads to an :class:`Upload`."""

    def __init__(self, *, metadata: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("error_messages", {"invalid": _("Choose a file.")})
        super().__init__(metadata={"widget": "file", **(metadata or {})}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Upload:
        if not isinstance(value, SentFile):
            raise self.make_error("invalid")
        try:
            return value.read()
        except Invalid as error:
            raise ValidationError(str(error.message)) from error


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
