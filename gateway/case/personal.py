"""What the vault holds of a request, opened for one page: submission, comparison, letters."""

import email
import email.policy
import re
from typing import NamedTuple

import asyncpg

from datamap.comparing import KEPT_AS, Comparison
from datamap.plan import ErasurePlan, Outline
from domain.submission import Submission
from domain.vocabulary import NoticeKind
from gateway.parts import GatewayParts
from records import inbox, outbox, requests
from records.inbox import Message
from records.messages import MESSAGE, StoredMessage
from records.outbox import Letter
from records.vault import NoDataKey, NotInVault, Shredded

PLAN = "erasure_plan"
_GONE = (NoDataKey, NotInVault, Shredded)
_CODE = re.compile(r"\b\d{4} \d{4}\b")
HIDDEN = "…"
"""Stands in a letter for what would let its reader act as the person it went to."""


class SentLetter(NamedTuple):
    """A letter as it went out, without what only its reader may know."""

    to: str
    subject: str
    text: str


class Personal:
    """Opens the vault of one request; None stands for what is not there, or no longer."""

    def __init__(
        self, connection: asyncpg.Connection, parts: GatewayParts, request_id: str
    ) -> None:
        self._connection = connection
        self._vault = parts.vault
        self._request_id = request_id
        self._secret_link = re.compile(rf"({re.escape(parts.settings.public_url)}/[\w-]+/)[\w-]+")

    async def submission(self) -> Submission | None:
        """Return what came in."""
        body = await self._get(requests.SUBMISSION)
        return Submission.as_filed(body) if body else None

    async def comparison(self) -> Comparison | None:
        """Return what was offered beside what is held, as last matched."""
        body = await self._get(KEPT_AS)
        return Comparison.model_validate_json(body) if body else None

    async def plan(self) -> Outline | None:
        """Return the erasure plan without its keys."""
        body = await self._get(PLAN)
        return ErasurePlan.from_bytes(body).outline() if body else None

    async def evidence(self, message: Message) -> bytes | None:
        """Return what came with a message, byte for byte."""
        return await self._get(inbox.EVIDENCE, message.row_id) if message.evidence_hash else None

    async def said(self, message: Message) -> StoredMessage | None:
        """Return what a mail said, which stays when the mail as it came is destroyed."""
        body = await self._get(MESSAGE, message.row_id)
        return StoredMessage.model_validate_json(body) if body else None

    async def exported(self) -> bytes | None:
        """Return the evidence that was exported last."""
        return await self._get(requests.EVIDENCE_FILE)

    async def letter(self, letter: Letter) -> SentLetter | None:
        """Return a letter as it was sent; its links and codes stay its reader's."""
        try:
            body = await outbox.body_of(self._connection, self._vault, letter)
        except _GONE:
            return None
        return self._shown(body, letter.notice) if body else None

    async def _get(self, kind: str, n: int = 0) -> bytes | None:
        try:
            return await self._vault.get(self._connection, self._request_id, kind, n)
        except _GONE:
            return None

    def _shown(self, body: bytes, notice: NoticeKind) -> SentLetter:
        mail = email.message_from_bytes(body, policy=email.policy.default)
        part = mail.get_body(("plain",))
        text = str(part.get_content()) if part is not None else ""
        text = self._secret_link.sub(rf"\1{HIDDEN}", text)
        if notice is NoticeKind.PACKAGE_CODE:
            text = _CODE.sub(HIDDEN, text)
        return SentLetter(str(mail["to"]), str(mail["subject"]), text)
