"""What was uploaded, checked: a photo or a PDF by what it holds, whatever it calls itself."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import IO
from uuid import UUID

from flask_babel import lazy_gettext as _

from core.errors import Invalid
from core.files import images
from core.texts import visible

LARGEST_FILE = 5 * 1024 * 1024
ACCEPTED = ("image/jpeg", "image/png", "image/webp", "application/pdf")
_EXTENSIONS = dict(zip(ACCEPTED, (".jpg", ".png", ".webp", ".pdf"), strict=True))
_LONGEST_STEM = 100
_PDF_END = re.compile(rb"%%EOF[\s\0]*\Z")
_PDF_TAIL = 1024


@dataclass(frozen=True)
class Upload:
    """A file that was checked and may be kept.

    ``aside`` is the id under which it was kept while its form was refused.
    """

    name: str
    media_type: str
    content: bytes = field(repr=False)
    aside: UUID | None = None


def read_upload(name: str, stream: IO[bytes]) -> Upload:
    """Read what somebody uploaded under ``name``.

    Photos are written anew (see :func:`core.files.images.rewritten`); a PDF stays as it is.

    Raises:
        Invalid: it is empty, larger than 5 MB, damaged, or neither a photo nor a PDF.
    """
    content = stream.read(LARGEST_FILE + 1)
    if not content:
        raise Invalid(_("This file is empty."))
    if len(content) > LARGEST_FILE:
        raise Invalid(_("This file is larger than 5 MB."))
    if images.looks_like_image(content):
        media_type, content = images.rewritten(content, at_most=LARGEST_FILE)
    elif content.startswith(b"%PDF-"):
        media_type = "application/pdf"
        if not _PDF_END.search(content[-_PDF_TAIL:]):
            raise Invalid(_("This PDF is not complete, or something was added to it."))
    else:
        raise Invalid(_("Only photos (JPEG, PNG, WebP) and PDF files."))
    return Upload(_file_name(name, media_type), media_type, content)


def _file_name(given: str, media_type: str) -> str:
    """What people called it, without folders, with the ending of what it is."""
    name = unicodedata.normalize("NFC", visible(given)).replace("\\", "/").rsplit("/", 1)[-1]
    stem = " ".join(name.rpartition(".")[0].split() or name.split())
    return (stem.strip(". ")[:_LONGEST_STEM] or "file") + _EXTENSIONS[media_type]
