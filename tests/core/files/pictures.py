"""Pictures made for tests."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"
RED, BLUE = (200, 30, 30), (30, 30, 200)


def picture(wide: int = 60, high: int = 40) -> Image.Image:
    """A picture whose upper half is red, and whose lower half is blue."""
    made = Image.new("RGB", (wide, high), RED)
    made.paste(BLUE, (0, high // 2, wide, high))
    return made


def written(kind: str, image: Image.Image | None = None, **options: Any) -> bytes:
    """The picture, or another one, as a file of that kind."""
    out = io.BytesIO()
    (image or picture()).save(out, kind, **options)
    return out.getvalue()


def gps(orientation: int = 1) -> Image.Exif:
    """What a phone writes into a photo: its make, and where it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "Linlifon"
    exif[0x0112] = orientation
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (30.0, 46.0, 12.0)
    return exif


def opened(content: bytes) -> Image.Image:
    """A file as Pillow reads it."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image
