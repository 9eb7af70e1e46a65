"""Messages as files: one .eml each, an index with a JSON line each, and a list of those read."""

import email
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default as email_policy
from email.utils import parseaddr
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict


class Envelope(BaseModel):
    """What the index says of one message."""

    model_config = ConfigDict(frozen=True)

    id: str
    received_at: datetime
    sender: str
    to: tuple[str, ...]
    subject: str
    message_id: str


class Letter(NamedTuple):
    """A message opened: its headers and its readable bodies."""

    envelope: Envelope
    headers: dict[str, str]
    text: str
    html: str


class MessageStore:
    """The messages of one folder, oldest first; ids count up from 1 and never repeat."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._index = folder / "index.jsonl"
        self._read_list = folder / "read.txt"
        self._envelopes = self._read_index()
        self._read = set(self._lines(self._read_list))
        self._last = max((int(e.id) for e in self._envelopes), default=0)

    def _read_index(self) -> list[Envelope]:
        return [Envelope.model_validate_json(line) for line in self._lines(self._index)]

    @staticmethod
    def _lines(file: Path) -> list[str]:
        return file.read_text(encoding="utf-8").splitlines() if file.is_file() else []

    def add(self, sender: str, to: Sequence[str], content: bytes) -> Envelope:
        """Keep a message and return its entry in the index."""
        message = _parse(content)
        self._last += 1
        envelope = Envelope(
            id=str(self._last),
            received_at=datetime.now(UTC),
            sender=sender,
            to=tuple(to),
            subject=str(message["Subject"] or ""),
            message_id=str(message["Message-ID"] or ""),
        )
        self._file(envelope.id).write_bytes(content)
        with self._index.open("a", encoding="utf-8") as index:
            index.write(envelope.model_dump_json() + "\n")
        self._envelopes.append(envelope)
        return envelope

    def find(self, to: str | None = None) -> list[Envelope]:
        """Return the messages to an address (case ignored), or all."""
        if to is None:
            return list(self._envelopes)
        wanted = _address(to)
        return [e for e in self._envelopes if wanted in map(_address, e.to)]

    def search(self, part: str) -> list[Envelope]:
        """Return the messages to addresses that hold ``part``, case ignored, as people type it."""
        wanted = part.strip().lower()
        return [e for e in self._envelopes if any(wanted in address.lower() for address in e.to)]

    def unread(self, to: str | None = None) -> list[Envelope]:
        """Return the messages to an address, or all, that nobody has marked as read."""
        return [envelope for envelope in self.find(to) if envelope.id not in self._read]

    def mark_read(self, message_id: str) -> bool:
        """Mark a message as read, and tell whether there is one of this id."""
        if self._knows(message_id) and message_id not in self._read:
            self._read.add(message_id)
            with self._read_list.open("a", encoding="utf-8") as file:
                file.write(f"{message_id}\n")
        return self._knows(message_id)

    def raw(self, message_id: str) -> bytes | None:
        """Return a message as it came, None when there is none of this id."""
        return self._file(message_id).read_bytes() if self._knows(message_id) else None

    def _knows(self, message_id: str) -> bool:
        return any(envelope.id == message_id for envelope in self._envelopes)

    def letter(self, message_id: str) -> Letter | None:
        """Return a message opened, None when there is none of this id."""
        content = self.raw(message_id)
        if content is None:
            return None
        message = _parse(content)
        envelope = next(e for e in self._envelopes if e.id == message_id)
        headers = {name: str(value) for name, value in message.items()}
        return Letter(envelope, headers, _body(message, "plain"), _body(message, "html"))

    def clear(self) -> None:
        """Remove every message; ids go on counting."""
        for envelope in self._envelopes:
            self._file(envelope.id).unlink(missing_ok=True)
        self._envelopes = []
        self._index.write_text("")

    def _file(self, message_id: str) -> Path:
        return self._folder / f"{int(message_id):06d}.eml"


def _parse(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email_policy)
    assert isinstance(message, EmailMessage)
    return message


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""


def _address(text: str) -> str:
    return parseaddr(text)[1].lower()


def envelope_json(envelope: Envelope) -> dict[str, object]:
    """Return an entry of the index as plain JSON."""
    plain: dict[str, object] = json.loads(envelope.model_dump_json())
    return plain
