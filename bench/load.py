"""A small load generator: ``python -m bench.load PORT SECONDS < request`` prints JSON.

It keeps its connections busy from one thread: each sends the bytes of the request, reads the
answer, and sends again, until the time is over. Only 127.0.0.1 is asked.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import sys
import time
from dataclasses import dataclass

CONNECTIONS = 16
GOOD = b"HTTP/1.1 200 "
PATIENCE = 10.0
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
_END = b"\r\n\r\n"


@dataclass
class Connection:
    """One keep-alive connection and the answer it is reading."""

    socket: socket.socket
    request: bytes
    received: bytes = b""

    def send(self) -> None:
        self.received = b""
        self.socket.sendall(self.request)

    def read(self) -> bool:
        """Read what came; say whether the answer is complete."""
        fresh = self.socket.recv(1 << 18)
        if not fresh:
            raise SystemExit("the server closed a connection")
        self.received += fresh
        head = self.received.find(_END)
        if head < 0:
            return False
        length = _LENGTH.search(self.received, 0, head + len(_END))
        if not self.received.startswith(GOOD) or length is None:
            raise SystemExit(f"unexpected answer: {self.received[:head].decode('latin-1')}")
        return len(self.received) >= head + len(_END) + int(length[1])


def run(port: int, seconds: float, request: bytes) -> tuple[int, float]:
    """Return how many answers came, and in how many seconds."""
    answers = 0
    with selectors.DefaultSelector() as selector:
        for _ in range(CONNECTIONS):
            made = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(made, selectors.EVENT_READ, Connection(made, request))
        start = time.perf_counter()
        for key in list(selector.get_map().values()):
            key.data.send()
        while (now := time.perf_counter()) < start + seconds:
            ready = selector.select(PATIENCE)
            if not ready:
                raise SystemExit(f"no answer within {PATIENCE:g} seconds")
            for key, _events in ready:
                if key.data.read():
                    answers += 1
                    key.data.send()
        for key in list(selector.get_map().values()):
            key.data.socket.close()
    return answers, now - start


def main() -> None:
    answers, seconds = run(int(sys.argv[1]), float(sys.argv[2]), sys.stdin.buffer.read())
    if not answers:
        raise SystemExit("no answer came in time")
    json.dump({"answers": answers, "seconds": seconds}, sys.stdout)


if __name__ == "__main__":
    main()
