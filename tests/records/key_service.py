"""A Transit engine for tests: a real HTTP server with the part of the interface that we use."""

import base64
import json
import re
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from records.keyring import Tampered, decrypt, encrypt
from tests.records.served import served

TOKEN = "s.test-token"


class TransitServer(ThreadingHTTPServer):
    """Keeps the versions of one key; ``sealed`` refuses everything."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.keys = [bytes([1]) * 32]
        self.oldest = 1
        self.token = TOKEN
        self.sealed = False
        self.seen: list[str] = []

    @property
    def url(self) -> str:
        """Where the engine is mounted."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1/transit"

    def rotate(self) -> None:
        """Make a new version."""
        self.keys.append(bytes([len(self.keys) + 1]) * 32)

    def answer(self, what: str, fields: dict[str, str]) -> dict[str, Any]:
        """Do what the engine does; raises ``ValueError`` with its own words."""
        bound = base64.b64decode(fields.get("associated_data", ""))
        match what:
            case "keys":
                return {"latest_version": len(self.keys), "min_decryption_version": self.oldest}
            case "encrypt":
                sealed = encrypt(self.keys[-1], base64.b64decode(fields["plaintext"]), bound)
                closed = base64.b64encode(sealed).decode()
                return {"ciphertext": f"vault:v{len(self.keys)}:{closed}"}
        return {"plaintext": self._opened(fields["ciphertext"], bound)}

    def _opened(self, ciphertext: str, bound: bytes) -> str:
        version, _, text = ciphertext.removeprefix("vault:v").partition(":")
        if int(version) < self.oldest:
            raise ValueError("ciphertext or signature version is disallowed by policy (too old)")
        try:
            key = decrypt(self.keys[int(version) - 1], base64.b64decode(text), bound)
        except Tampered:
            raise ValueError("cipher: message authentication failed") from None
        return base64.b64encode(key).decode()


class _Handler(BaseHTTPRequestHandler):
    server: TransitServer

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

    def _answer(self, fields: dict[str, str]) -> None:
        self.server.seen.append(f"{self.command} {self.path}")
        path = re.fullmatch(r"/v1/transit/(keys|encrypt|decrypt)/privacy", self.path)
        if self.server.sealed:
            return self._send(503, {"errors": ["Vault is sealed"]})
        if path is None or self.headers["x-vault-token"] != self.server.token:
            return self._send(403, {"errors": ["permission denied"]})
        try:
            return self._send(200, {"data": self.server.answer(path[1], fields)})
        except ValueError as refusal:
            return self._send(400, {"errors": [str(refusal)]})

    def _send(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def transit_server() -> AbstractContextManager[TransitServer]:
    """Run the server."""
    return served(TransitServer())
