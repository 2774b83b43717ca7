"""Photos are written anew: what is kept is the picture, not what else the file carried."""

from __future__ import annotations

import io
import threading

from flask_babel import lazy_gettext as _
from PIL import Image, ImageOps

from core.errors import Invalid

MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2560
MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
_QUALITY = 85
_ONE_AT_A_TIME = threading.Lock()
"""A decoded photo takes up to 250 MB, so a process opens one after the other."""


def looks_like_image(content: bytes) -> bool:
    """Say whether ``content`` begins as a photo of a kind that is taken does."""
    return content.startswith(_MAGIC) and (content[:4] != b"RIFF" or content[8:12] == b"WEBP")


def rewritten(content: bytes, *, at_most: int) -> tuple[str, bytes]:
    """Return a photo's media type, and the photo written anew.

    What it says about itself (where and when it was taken, by which device, a preview) is gone,
    and so is anything hidden in it; it stands upright, and its longer side has at most 2,560
    pixels. A picture that would become larger than ``at_most`` bytes becomes a JPEG.

    Raises:
        Invalid: the photo is damaged, or has more than 40 million pixels.
    """
    with _ONE_AT_A_TIME:
        try:
            return _rewritten(content, at_most)
        except Invalid:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise _too_many_pixels() from None
        # Decoders answer damaged and hostile input with errors of any kind.
        except Exception as error:
            raise Invalid(_("This photo is damaged. Take or choose another one.")) from error


def _rewritten(content: bytes, at_most: int) -> tuple[str, bytes]:
    if content.startswith(b"RIFF"):
        _check_pixels(*_webp_size(content))
    with Image.open(io.BytesIO(content), formats=tuple(MEDIA_TYPES)) as image:
        _check_pixels(image.width, image.height)
        # Phones write JPEGs with a second picture in them, which Pillow calls MPO.
        kind = "JPEG" if image.format == "MPO" else str(image.format)
        # Of a palette's colours none lies between two others, so they become shades first.
        shaded = _in_common_mode(image) if image.mode in ("1", "P", "PA") else image
        shaded.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        picture = _in_common_mode(ImageOps.exif_transpose(shaded))
        picture.info = {}
    written = _written(picture, kind)
    if len(written) > at_most:
        kind, written = "JPEG", _written(_on_white(picture), "JPEG")
    return MEDIA_TYPES[kind], written


def _in_common_mode(image: Image.Image) -> Image.Image:
    """The picture in a mode that every kind of file can hold."""
    if image.mode.startswith("I"):
        # 16 bits for each shade: without this, most shades would turn white.
        image = image.point(lambda shade: shade * (1 / 256)).convert("L")
    mode = "RGBA" if image.has_transparency_data else "L" if image.mode in ("1", "L") else "RGB"
    return image.convert(mode)


def _written(image: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    if kind == "PNG":
        image.save(out, "PNG")
    else:
        image.save(out, kind, quality=_QUALITY)
    return out.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _webp_size(content: bytes) -> tuple[int, int]:
    """The size that a WebP's header claims; its decoder makes room for it before one can ask."""
    kind, head = content[12:16], content[20:30]
    if kind == b"VP8X":
        sides = int.from_bytes(head[4:7], "little"), int.from_bytes(head[7:10], "little")
        return sides[0] + 1, sides[1] + 1
    if kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    wide, high = int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
    return wide & 0x3FFF, high & 0x3FFF


def _check_pixels(wide: int, high: int) -> None:
    if wide * high > MOST_PIXELS:
        raise _too_many_pixels()


def _too_many_pixels() -> Invalid:
    return Invalid(_("This photo has more than 40 million pixels. Take or choose a smaller one."))
