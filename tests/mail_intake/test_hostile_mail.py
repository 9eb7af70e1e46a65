"""Hostile and broken mail: bounded, never a crash, never lost."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mail_intake.keeping import keep
from mail_intake.limits import Limits, TooHard
from mail_intake.reading import read_mail, sameness
from mail_intake.sorting import Sorting
from records.incoming_mail import Standing
from tests.mail_intake.office import MAILBOX, MailOffice, mail

LIMITS = Limits()
OURS = frozenset({MAILBOX})
HEAD = b"From: ana@example.com\r\nMIME-Version: 1.0\r\n"


def nested(depth: int) -> bytes:
    """Return multiparts within multiparts."""
    opening = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        for n in range(depth)
    )
    return HEAD + opening + b"Content-Type: text/plain\r\n\r\nbottom\r\n"


def wrapped(depth: int) -> bytes:
    """Return mails within mails."""
    return HEAD + b"Content-Type: message/rfc822\r\n\r\n" * depth + b"Subject: bottom\r\n\r\nx"


BOMBS = {
    "too_large": HEAD + b"\r\n" + b"x" * (LIMITS.mail_bytes + 1),
    "long_headers": HEAD + b"X-A: " + b"a" * LIMITS.header_bytes + b"\r\n\r\nx",
    "too_many_lines": HEAD + b"\r\n" + b"\n" * (2 * LIMITS.lines + 10),
    "nested_too_deep": nested(400),
    "too_many_parts": HEAD
    + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    + b"--b\r\n\r\nx\r\n" * 100_000,
    "loop": b"Received: from a\r\n" * 1 + HEAD + b"Received: from b\r\n" * 60 + b"\r\nx",
}


@pytest.mark.parametrize("reason", sorted(BOMBS))
def test_a_bomb_is_refused_before_it_is_parsed(reason: str) -> None:
    """Each is named by what there is too much of."""
    with pytest.raises(TooHard) as raised:
        read_mail(BOMBS[reason], LIMITS, OURS)
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    "raw",
    [
        nested(LIMITS.nesting),
        wrapped(LIMITS.nesting),
        HEAD + b"\r\n" + b"\n" * (2 * LIMITS.lines - 10),
        HEAD + b"Content-Type: text/html\r\n\r\n" + b"<" * 200_000,
        HEAD + b"Content-Type: text/html\r\n\r\n" + b"<!--" * 60_000,
        HEAD + b"Content-Type: text/plain; charset=no-such\r\n\r\n\xff\xfe delete my data",
        HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"=" * 100_000,
        HEAD + b"Subject: " + b"=?utf-8?b?" * 5000 + b"\r\n\r\nx",
        b"From: " + b"(" * 5000 + b"a@b.example" + b")" * 5000 + b"\r\n\r\nx",
        b"\x00" * 10_000,
        b"",
    ],
)
def test_what_is_just_allowed_is_read(raw: bytes) -> None:
    """The worst mails within the bounds come to an end, and none raises."""
    read_mail(raw, LIMITS, OURS)


_LINES = st.sampled_from(
    [
        b"From: Ana <ana@example.com>", b"From: =?utf-8?q?=ff?= <a@b>", b"From: a@b, c@d",
        b"Subject: =?x?b?!!!?=", b"Subject: delete my data", b"Return-Path: <>",
        b"Content-Type: multipart/mixed; boundary=b",
        b'Content-Type: multipart/report; boundary="b"',
        b"Content-Type: message/delivery-status", b"Content-Type: text/plain; charset=\xff",
        b"Content-Transfer-Encoding: quoted-printable", b"Content-Transfer-Encoding: base64",
        b"Content-Disposition: attachment; filename*0*=utf-8''%ff", b"In-Reply-To: <<>>",
        b"References: <a@b> <", b"Auto-Submitted: auto-\x00", b"--b", b"--b--", b"",
        b"Action: failed",
        b"Status: 5.x", b" folded", b"=3D=", b"Delete my data", b"Message-ID: <1@x>",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(_LINES, st.binary(max_size=40)), max_size=40), st.booleans())
def test_nothing_that_looks_like_mail_crashes_its_reader(lines: list[bytes], unix: bool) -> None:
    """Any order of headers, boundaries and rubbish is read, or refused with a reason."""
    raw = (b"\n" if unix else b"\r\n").join(lines)
    with suppress(TooHard):
        read = read_mail(raw, LIMITS, OURS)
        assert "\x00" not in read.subject + read.body
    assert sameness(raw) == sameness(raw)


async def test_poison_is_parked_with_its_reason_and_kept(office: MailOffice) -> None:
    """What no machine reads waits for a person, its bytes as they came; the rest goes on."""
    kept = await keep(office.parts, nested(300), office.clock())
    settled = await Sorting(office.parts).settle(kept.mail_id)
    nameless = await office.take(b"Subject: delete my data\r\n\r\nplease")
    after = await office.take(mail("delete my data"))
    assert settled is not None
    assert (settled.standing, settled.reason) == (Standing.PARKED, "nested_too_deep")
    assert (nameless.standing, nameless.reason) == (Standing.PARKED, "no_writer")
    assert after.standing is Standing.FILED
    assert all(row["raw"] for row in await office.rows() if row["standing"] == "parked")
