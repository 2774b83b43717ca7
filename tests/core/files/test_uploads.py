"""What is taken and what is refused, by what a file holds, and what is left of it."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.errors import Invalid
from core.files.uploads import LARGEST_FILE, Upload, read_upload
from tests.core.files.pictures import BLUE, PDF, RED, gps, opened, picture, written

SCRIPT = b"<script>alert(document.domain)</script>"
ONLY = "Only photos (JPEG, PNG, WebP) and PDF files."
DAMAGED = "This photo is damaged. Take or choose another one."
TOO_MANY = "This photo has more than 40 million pixels. Take or choose a smaller one."
KINDS = ("JPEG", "PNG", "WEBP", "PDF")
INCOMPLETE = "This PDF is not complete, or something was added to it."


def read(content: bytes, name: str = "photo.jpg") -> Upload:
    return read_upload(name, io.BytesIO(content))


def refusal(content: bytes, name: str = "photo.jpg") -> str:
    with pytest.raises(Invalid) as caught:
        read(content, name)
    return str(caught.value)


def outcome(content: bytes) -> str | None:
    """Why it is refused, or else what kind of file is kept."""
    try:
        kept = read(content)
    except Invalid as error:
        return str(error)
    return "PDF" if kept.media_type == "application/pdf" else opened(kept.content).format


def near(one: object, other: tuple[int, ...]) -> bool:
    return isinstance(one, tuple) and max(abs(a - b) for a, b in zip(one, other, strict=True)) < 12


def a_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("x.html", SCRIPT)
    return out.getvalue()


def png_that_claims(wide: int, high: int) -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    plain = written("PNG")
    return (
        plain[:8] + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head)) + plain[33:]
    )


def jpeg_that_claims(wide: int, high: int) -> bytes:
    plain = written("JPEG")
    at = plain.index(b"\xff\xc0") + 5
    return plain[:at] + struct.pack(">HH", high, wide) + plain[at + 4 :]


def webp_that_claims(wide: int, high: int) -> bytes:
    canvas = (wide - 1).to_bytes(3, "little") + (high - 1).to_bytes(3, "little")
    chunk = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + canvas
    body = b"WEBP" + chunk + written("WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_a_photo_forgets_where_it_was_taken(kind: str) -> None:
    sent = written(kind, exif=gps())
    assert opened(sent).getexif().get_ifd(0x8825)[2] == (30.0, 46.0, 12.0)

    kept = read(sent)

    image = opened(kept.content)
    assert (image.format, image.size) == (kind, (60, 40))
    assert kept.media_type == f"image/{kind.lower()}"
    assert dict(image.getexif()) == {}
    assert {"exif", "xmp", "icc_profile", "comment"} & set(image.info) == set()
    assert b"Linlifon" not in kept.content
    assert near(image.getpixel((5, 5)), RED) and near(image.getpixel((5, 35)), BLUE)


def test_a_photo_stands_upright_as_the_phone_meant_it() -> None:
    image = opened(read(written("JPEG", exif=gps(orientation=3))).content)
    assert near(image.getpixel((5, 5)), BLUE)
    image = opened(read(written("JPEG", exif=gps(orientation=6))).content)
    assert image.size == (40, 60)


def test_nothing_hidden_in_a_photo_is_kept() -> None:
    noted = PngInfo()
    noted.add_text("Comment", SCRIPT.decode())
    for sent in (
        written("JPEG", comment=SCRIPT),
        written("JPEG", icc_profile=SCRIPT),
        written("JPEG") + SCRIPT,
        written("JPEG") + a_zip(),
        written("PNG", pnginfo=noted),
        written("PNG") + SCRIPT,
        written("WEBP", xmp=SCRIPT),
        written("WEBP") + a_zip(),
    ):
        assert SCRIPT in sent or b"x.html" in sent
        kept = read(sent).content
        assert SCRIPT not in kept and b"x.html" not in kept


def test_a_second_picture_of_a_phone_is_dropped() -> None:
    second = Image.new("RGB", (60, 40), "white")
    sent = written("MPO", save_all=True, append_images=[second])
    kept = read(sent)
    assert (opened(sent).format, opened(kept.content).format) == ("MPO", "JPEG")
    assert near(opened(kept.content).getpixel((5, 5)), RED)


def test_a_large_photo_becomes_smaller() -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        assert opened(read(written(kind, picture(3200, 2400))).content).size == (2560, 1920)


def test_transparency_palettes_and_deep_shades_stay() -> None:
    clear = Image.new("RGBA", (8, 8), (200, 30, 30, 128))
    assert opened(read(written("PNG", clear)).content).getpixel((1, 1)) == (200, 30, 30, 128)
    palette = picture().quantize(4)
    assert opened(read(written("PNG", palette)).content).getpixel((5, 5)) == RED
    fine = picture(5120, 2).quantize(4)
    fine.putdata([0, 1] * 5120)
    between = opened(read(written("PNG", fine)).content).getpixel((100, 0))
    assert near(between, tuple((a + b) // 2 for a, b in zip(RED, BLUE, strict=True)))
    deep = Image.new("I;16", (8, 8), 40000)
    assert opened(read(written("PNG", deep)).content).getpixel((1, 1)) == 40000 // 256
    cmyk = picture().convert("CMYK")
    assert opened(read(written("JPEG", cmyk)).content).mode == "RGB"


def test_a_picture_that_would_become_too_large_becomes_a_jpeg() -> None:
    # As a PNG without its palette this would have some 7 MB.
    noise = Image.effect_noise((2100, 2100), 90).convert("RGB").quantize(256)
    sent = written("PNG", noise)
    assert len(sent) <= LARGEST_FILE
    kept = read(sent, "noise.png")
    assert (kept.name, kept.media_type) == ("noise.jpg", "image/jpeg")
    assert len(kept.content) <= LARGEST_FILE


def test_a_file_is_what_it_holds() -> None:
    assert read(written("PNG"), "门口.JPG").name == "门口.png"
    assert read(PDF, "x.exe") == Upload("x.pdf", "application/pdf", PDF)
    for content in (
        b"<!doctype html><html>" + SCRIPT,
        b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
        written("GIF"),
        written("BMP"),
        written("TIFF"),
        a_zip(),
        a_zip() + PDF,
        b"GIF89a" + PDF,
        b"\n" + written("JPEG"),
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"MZ" + bytes(100),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    ):
        assert refusal(content) == ONLY


def test_a_pdf_ends_where_it_says() -> None:
    assert read(PDF + b"\r\n\0", "x.pdf").media_type == "application/pdf"
    for content in (PDF[:-6], PDF + SCRIPT, PDF + a_zip(), b"%PDF-1.7\n" + SCRIPT):
        assert refusal(content, "x.pdf") == INCOMPLETE


def test_five_megabytes_are_the_limit() -> None:
    fits = PDF[:-6] + b" " * (LARGEST_FILE - len(PDF)) + b"%%EOF\n"
    assert len(read(fits, "x.pdf").content) == LARGEST_FILE
    assert refusal(b" " + fits, "x.pdf") == "This file is larger than 5 MB."
    assert refusal(b"") == "This file is empty."


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_photo_that_would_fill_the_memory_is_not_opened() -> None:
    for content in (
        png_that_claims(60000, 60000),
        png_that_claims(11000, 9000),
        png_that_claims(8000, 5001),
        jpeg_that_claims(65000, 65000),
        jpeg_that_claims(8000, 5001),
        webp_that_claims(16000, 16000),
        webp_that_claims(8000, 5001),
    ):
        assert len(content) < 2000
        assert refusal(content) == TOO_MANY


def test_a_damaged_photo_is_refused() -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        whole = written(kind, picture(300, 300))
        assert refusal(whole[: len(whole) // 2]) == DAMAGED
    assert refusal(b"\xff\xd8\xff\xe0" + SCRIPT) == DAMAGED
    assert refusal(png_that_claims(8000, 5000)) == DAMAGED


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([written(kind) for kind in KINDS[:3]] + [PDF]),
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), max_size=6),
)
def test_whatever_comes_is_taken_or_refused(whole: bytes, changes: list[tuple[int, int]]) -> None:
    content = bytearray(whole)
    for at, byte in changes:
        content[at % len(content)] = byte
    assert outcome(bytes(content)) in {*KINDS, ONLY, DAMAGED, TOO_MANY, INCOMPLETE}


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("整改 前.JPG", "整改 前.jpg"),
        ("C:\\Users\\王芳\\a.jpg", "a.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("photo.jpg\0.html", "photo.jpg.jpg"),
        ("a\u202egpj.exe", "agpj.jpg"),
        ("", "file.jpg"),
        (".jpg", "jpg.jpg"),
        ("...", "file.jpg"),
        ("x" * 300 + ".jpg", "x" * 100 + ".jpg"),
        ('"\r\nSet-Cookie: a=b".jpg', '"Set-Cookie: a=b".jpg'),
    ],
)
def test_a_file_is_called_as_people_called_it(given_name: str, name: str) -> None:
    assert read(written("JPEG"), given_name).name == name
