"""Embedded servers: a real PostgreSQL and a real Valkey for a machine that has neither.

``hold()`` starts them or joins those that run; the last holder to leave stops them. They answer
on private sockets only. The wheels with the programs are looked for when they are needed, so this
package can be imported without them.
"""

from core.servers.errors import ServersError
from core.servers.sharing import Addresses, Hold, ServersStatus, hold, status

__all__ = ["Addresses", "Hold", "ServersError", "ServersStatus", "hold", "status"]
