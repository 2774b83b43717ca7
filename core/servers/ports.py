"""Whether a port can be had, asked before anything is started."""

from __future__ import annotations

import errno
import socket

from core.servers.errors import ServersError


def port_is_free(host: str, port: int) -> None:
    """Return if a server could listen there.

    Raises:
        ServersError: the port is taken, or not to be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # A connection that ended a moment ago does not count, nor does it for gunicorn.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except PermissionError as error:
        raise ServersError(
            f"Port {port} on {host} is reserved for root. Choose another with --port."
        ) from error
    except socket.gaierror as error:
        raise ServersError(f"There is no host {host}: {error.strerror}.") from error
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise ServersError(f"Cannot use port {port} on {host}: {error.strerror}.") from error
        raise ServersError(
            f"Port {port} on {host} is already in use. Choose another with --port."
        ) from error
