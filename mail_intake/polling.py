"""The IMAP way in: fetch what is unseen, keep it, then mark it seen. Nothing is deleted there."""

import asyncio
import imaplib
import re
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mail_intake.keeping import keep
from mail_intake.parts import MailParts

TIMEOUT_SECONDS = 30
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class MailboxRefuses(Exception):
    """The IMAP server does not do what it was asked; the message has no word of any mail."""


@dataclass(frozen=True)
class ImapAccount:
    """One mailbox to look into."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    security: str = "tls"


@dataclass(frozen=True)
class Fetched:
    """A mail as the server has it."""

    uid: str
    received_at: datetime
    raw: bytes = field(repr=False)


async def poll(parts: MailParts, account: ImapAccount, arrived: Callable[[int], None]) -> int:
    """Keep every unseen mail, mark it seen, and return how many there were.

    A process that dies in between fetches the mail again; it is known and kept once.

    Raises:
        MailboxRefuses, OSError: the server cannot be reached, or refuses.
    """
    try:
        session = await asyncio.to_thread(_Session, account)
    except imaplib.IMAP4.error:
        raise _refusal(account) from None
    try:
        return await _kept(parts, session, arrived)
    except imaplib.IMAP4.error:
        raise _refusal(account) from None
    finally:
        await asyncio.to_thread(session.leave)


async def _kept(parts: MailParts, session: "_Session", arrived: Callable[[int], None]) -> int:
    uids = await asyncio.to_thread(session.unseen)
    for uid in uids:
        mail = await asyncio.to_thread(session.fetch, uid, parts.settings.limits.mail_bytes)
        kept = await keep(parts, mail.raw, mail.received_at)
        await asyncio.to_thread(session.mark_seen, uid)
        if kept.fresh:
            arrived(kept.mail_id)
    return len(uids)


class _Session:
    """One visit of a mailbox, on one connection; its methods block."""

    def __init__(self, account: ImapAccount) -> None:
        self._imap = _connected(account)
        try:
            self._imap.login(account.user, account.password)
            _answer(self._imap.select(account.folder), "SELECT")
        except BaseException:
            self.leave()
            raise

    def unseen(self) -> list[str]:
        """Return the numbers of what nobody has seen, oldest first."""
        found = _answer(self._imap.uid("SEARCH", "UNSEEN"), "SEARCH")
        words = found[0].split() if found and isinstance(found[0], bytes) else []
        return [word.decode("ascii") for word in words]

    def fetch(self, uid: str, most_bytes: int) -> Fetched:
        """Return one mail with the time at which the server got it.

        Of a mail that is too large the beginning is fetched: it is over the limit and parked.
        """
        about = _answer(self._imap.uid("FETCH", uid, "(RFC822.SIZE INTERNALDATE)"), "FETCH")
        line = b" ".join(each for each in about if isinstance(each, bytes))
        size = _SIZE.search(line)
        whole = size is None or int(size[1]) <= most_bytes
        wanted = "(BODY.PEEK[])" if whole else f"(BODY.PEEK[]<0.{most_bytes + 1}>)"
        parts = _answer(self._imap.uid("FETCH", uid, wanted), "FETCH")
        raw = next((part[1] for part in parts if isinstance(part, tuple)), b"")
        return Fetched(uid, _received(line), raw)

    def mark_seen(self, uid: str) -> None:
        """Say that a mail is kept; whoever looks into the mailbox sees it there, as read."""
        _answer(self._imap.uid("STORE", uid, "+FLAGS", "(\\Seen)"), "STORE")

    def leave(self) -> None:
        """End the visit, politely if that is possible."""
        try:
            self._imap.logout()
        except (imaplib.IMAP4.error, OSError):
            self._imap.shutdown()


def _received(line: bytes) -> datetime:
    """Return when the server got the mail; where it does not say, now."""
    noted = imaplib.Internaldate2tuple(line)
    if noted is None:
        return datetime.now(UTC)
    return datetime(*noted[:6]).astimezone().astimezone(UTC)


def _connected(account: ImapAccount) -> imaplib.IMAP4:
    context = ssl.create_default_context()
    if account.security == "tls":
        return imaplib.IMAP4_SSL(
            account.host, account.port, ssl_context=context, timeout=TIMEOUT_SECONDS
        )
    imap = imaplib.IMAP4(account.host, account.port, timeout=TIMEOUT_SECONDS)
    if account.security == "starttls":
        imap.starttls(context)
    return imap


def _answer(answer: tuple[str, Sequence[object]], command: str) -> Sequence[object]:
    status, data = answer
    if status != "OK":
        raise MailboxRefuses(f"the mailbox refuses {command}; check its folder and rights")
    return data


def _refusal(account: ImapAccount) -> MailboxRefuses:
    return MailboxRefuses(f"{account.host} refuses; check user, password and folder of the mailbox")
