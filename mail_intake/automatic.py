"""Telling machines from people: replies of robots, reports of delivery, lists (RFC 3834, 3464).

None of them is ever answered. A report that one of our letters failed is worth a new letter.
"""

import re
from email.message import Message
from enum import StrEnum
from typing import NamedTuple

from mail_intake.mime import content, header, leaves, message_ids, return_path, sender, tokens

FAILED = "failed"
_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
_LIST_HEADERS = ("List-Id", "List-Unsubscribe", "List-Post", "List-Help")
_REPLY_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply-From", "X-Mail-Autoreply")
_ROBOTS = re.compile(r"^(?:mailer-daemon|mail-daemon|postmaster|mdaemon)@", re.IGNORECASE)
_FAILING = re.compile(
    r"undeliver|delivery (?:status|has failed|failure|incomplete)|failure notice|"
    r"returned (?:to|mail)|could not be delivered|no se (?:pudo|ha podido) entregar",
    re.IGNORECASE,
)
_OUR_ID = re.compile(rb"<[0-9a-f]{32}\.\d{1,9}@[^<>\s]{1,250}>")
_STATUS = re.compile(r"^[245]\.\d{1,3}\.\d{1,3}")
UNKNOWN_FAILURE = "5.0.0"


class Machine(StrEnum):
    """What kind of robot wrote."""

    BOUNCE = "bounce"
    REPLY = "reply"
    """Answers what it is sent, so an answer could go round for ever."""
    SENDER = "sender"
    """Writes by itself: lists, tickets, services that write for people."""


class Verdict(NamedTuple):
    """Which robot wrote; for a bounce, of which letters (by Message-ID) and with which status."""

    machine: Machine
    letters: tuple[str, ...] = ()
    status: str = ""


def judge(message: Message, raw: bytes, ours: frozenset[str]) -> Verdict | None:
    """Return which robot wrote a mail, or ``None`` for a person; ``ours`` are our addresses."""
    bounced = _bounce(message, raw)
    if bounced is not None:
        return bounced
    if _replies_by_itself(message) or sender(message)[1].lower() in ours:
        return Verdict(Machine.REPLY)
    return Verdict(Machine.SENDER) if _sends_by_itself(message) else None


def _replies_by_itself(message: Message) -> bool:
    return (
        tokens(message, "Auto-Submitted") == "auto-replied"
        or any(header(message, name) for name in _REPLY_HEADERS)
        or header(message, "Precedence").lower() == "auto_reply"
        or return_path(message) == ""
        or message.get_content_type() == "multipart/report"
        or bool(_ROBOTS.match(sender(message)[1]))
    )


def _sends_by_itself(message: Message) -> bool:
    return (
        tokens(message, "Auto-Submitted") not in {"", "no"}
        or header(message, "Precedence").lower() in _BULK
        or any(header(message, name) for name in _LIST_HEADERS)
    )


def _bounce(message: Message, raw: bytes) -> Verdict | None:
    """Read a report of delivery; one in nobody's form counts if it names a letter of ours."""
    reports = [part for part in leaves(message) if _is_report(part)]
    if reports:
        statuses = [each for part in reports for each in _failures(part)]
        return Verdict(Machine.BOUNCE, _letters(message, raw), statuses[0]) if statuses else None
    robot = return_path(message) == "" or _ROBOTS.match(sender(message)[1])
    if robot and _FAILING.search(header(message, "Subject")) and (found := _letters(message, raw)):
        return Verdict(Machine.BOUNCE, found, UNKNOWN_FAILURE)
    return None


def _is_report(part: Message) -> bool:
    return part.get_content_type() in {
        "message/delivery-status",
        "message/global-delivery-status",
    }


def _failures(part: Message) -> list[str]:
    """Return the status of each recipient that the report says failed for good."""
    groups = part.get_payload()
    listed = groups if isinstance(groups, list) else []
    return [
        status[0] if (status := _STATUS.match(header(group, "Status"))) else UNKNOWN_FAILURE
        for group in listed
        if isinstance(group, Message) and tokens(group, "Action") == FAILED
    ]


def _letters(message: Message, raw: bytes) -> tuple[str, ...]:
    """Name what could be our letters: in the returned part, in the headers, anywhere at all."""
    returned = b"".join(content(part) for part in leaves(message) if _returns(part))
    named = [each.decode(errors="replace") for each in _OUR_ID.findall(returned)]
    answered = message_ids(message, "In-Reply-To", "References", "X-Failed-Message-ID")
    anywhere = [each.decode(errors="replace") for each in _OUR_ID.findall(raw[: 1 << 20])]
    return tuple(dict.fromkeys([*named, *answered, *anywhere]))[:20]


def _returns(part: Message) -> bool:
    return part.get_content_type() in {"message/rfc822", "text/rfc822-headers", "message/global"}
