"""Files as answers: nothing in them can run in the reader's browser."""

from __future__ import annotations

import io

from flask import Response, send_file

from core.files.images import MEDIA_TYPES
from core.files.queries import Download

_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


def given_out(file: Download) -> Response:
    """Answer with a file: a photo to look at, anything else to save."""
    answer = send_file(
        io.BytesIO(file.content),
        mimetype=file.media_type,
        as_attachment=file.media_type not in MEDIA_TYPES.values(),
        download_name=file.name,
        conditional=False,
        etag=False,
        max_age=0,
    )
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["Cache-Control"] = "no-store"
    return answer
