"""`privacy webhook`: an address is added, tested, given a new secret, and its faults are seen."""

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest
from standardwebhooks import Webhook

from workers.cli import run

BASE = "PRIVACY_"


class Receiver(BaseHTTPRequestHandler):
    """Remembers what came, and answers what the test says."""

    status = 204
    took: ClassVar[list[tuple[bytes, dict[str, str]]]] = []

    def do_POST(self) -> None:
        """Take one message."""
        body = self.rfile.read(int(self.headers["content-length"]))
        type(self).took.append((body, {k.lower(): v for k, v in self.headers.items()}))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """Serve the receiver."""
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        Receiver.took.clear()
        Receiver.status = 204
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/hook"
        server.shutdown()


@pytest.fixture(autouse=True)
def _installed(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ENV_FILE": "/nowhere",
        "DSN": database,
        "FINGERPRINT_KEY": "A" * 43 + "=",
        "INTAKE_CLIENTS": "web-form:" + "0" * 64,
        "PROVIDER_NETWORKS": "127.0.0.0/8",
    }.items():
        monkeypatch.setenv(BASE + name, value)


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """Run a command and return what it said."""
    assert run(["webhook", *arguments]) == code
    captured = capsys.readouterr()
    return captured.out + captured.err


def test_an_address_is_added_tested_rotated_and_removed(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The printed secret verifies the test; after rotation both do; then nothing is told."""
    added = said(capsys, "add", address)
    webhook_id = re.findall(r"wh_[0-9a-f]{12}", added)[0]
    secret = re.findall(r"whsec_\S+", added)[0]
    assert "web-form" in added
    assert "taken" in said(capsys, "test", webhook_id)
    new = re.findall(r"whsec_\S+", said(capsys, "rotate", webhook_id))[0]
    said(capsys, "test", webhook_id)
    for known in (secret, new):
        Webhook(known).verify(*Receiver.took[-1])
    assert webhook_id in said(capsys, "list")
    assert "0 to be sent again" in said(capsys, "resend", webhook_id)
    said(capsys, "remove", webhook_id)
    assert "There is no webhook" in said(capsys, "test", webhook_id, code=1)
    assert "no webhook" in said(capsys, "list")


def test_what_is_wrong_is_said(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A broken address, an unknown client, a receiver that refuses: each by a sentence."""
    assert "whole address" in said(capsys, "add", "forms.example", code=1)
    assert "web-form" in said(capsys, "add", address, "--client", "nobody", code=1)
    webhook_id = re.findall(r"wh_[0-9a-f]{12}", said(capsys, "add", address))[0]
    Receiver.status = 500
    assert "status_500" in said(capsys, "test", webhook_id, code=1)
