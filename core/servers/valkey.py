"""Valkey: the queue's server."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

from core.servers.placement import Place, make_folder
from core.servers.process import Server
from core.servers.programs import Programs

NAME = "Valkey"
STOP_SIGNALS = (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL)
SOCKET = "valkey.sock"
PING, PONG = b"*1\r\n$4\r\nPING\r\n", b"+PONG\r\n"


def address(sockets: Path) -> str:
    return f"unix://{sockets / SOCKET}?db=0"


def server(place: Place, sockets: Path, programs: Programs) -> Server:
    """Describe the server: everything kept in its append-only file, no TCP port."""
    data = place.folder / "valkey"
    return Server(
        name=NAME,
        place=place,
        argv=(
            str(programs.valkey),
            *("--port", "0"),
            *("--unixsocket", str(sockets / SOCKET)),
            *("--unixsocketperm", "700"),
            *("--dir", str(data)),
            *("--appendonly", "yes"),
            *("--save", ""),
        ),
        prepare=lambda: make_folder(data, place.user, 0o700),
        answers=lambda: _pongs(sockets / SOCKET),
    )


def _pongs(path: Path) -> bool:
    """A server that still reads its file accepts the connection, but answers otherwise."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1.0)
        try:
            client.connect(str(path))
            client.sendall(PING)
            return client.recv(64) == PONG
        except OSError:
            return False
