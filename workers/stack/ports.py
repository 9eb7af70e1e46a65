"""Loopback ports: defaults where they are free, others where they are not, the same next time."""

import json
import secrets
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
LISTENING = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Tell whether a server can listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a loopback port that nobody listens on.

    It is below those that systems give to outgoing connections: one of these could take it before
    the server that it is for does.
    """
    while not is_free(port := secrets.choice(LISTENING)):
        pass
    return port


def free_ports(count: int) -> list[int]:
    """Return so many different loopback ports that nobody listens on."""
    found: set[int] = set()
    while len(found) < count:
        found.add(free_port())
    return list(found)


def accepts(port: int) -> bool:
    """Tell whether something accepts connections on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


class PortBook:
    """The ports of one stack, remembered in a JSON file (name → port)."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._ports: dict[str, int] = json.loads(file.read_text()) if file.is_file() else {}

    def choose(self, name: str, wanted: int | None = None, *, insist: bool = False) -> int:
        """Return the remembered port of `name`, else the wanted one, else any that is free.

        With `insist` the wanted port goes before the remembered one.
        """
        choices = (self._ports.get(name), wanted)
        for candidate in reversed(choices) if insist else choices:
            if candidate and candidate not in self._others(name) and is_free(candidate):
                return self._remember(name, candidate)
        return self._remember(name, self._unused(name))

    def _others(self, name: str) -> set[int]:
        return {port for other, port in self._ports.items() if other != name}

    def _unused(self, name: str) -> int:
        while (port := free_port()) in self._others(name):
            pass
        return port

    def _remember(self, name: str, port: int) -> int:
        self._ports[name] = port
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(self._ports, indent=2) + "\n")
        return port
