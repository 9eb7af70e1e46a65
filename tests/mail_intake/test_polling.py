"""The IMAP way in, against a real IMAP server over a Maildir."""

import mailbox
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pysasl.hashing import BuiltinHash

from mail_intake.polling import ImapAccount, MailboxRefuses, poll
from mail_intake.sorting import Sorting
from records.incoming_mail import Standing
from tests.mail_intake.office import MailOffice, mail
from workers.stack.ports import accepts, free_port
from workers.stack.process import ChildProcess

PASSWORD = "s3cret-of-the-mailbox"
USER = "privacy"


@pytest.fixture
def imap(tmp_path: Path) -> Iterator[tuple[ImapAccount, Path]]:
    """Run pymap on loopback; yields an account and its Maildir."""
    folder, port = tmp_path / USER, free_port()
    mailbox.Maildir(folder)
    (tmp_path / "pymap-etc-passwd").write_text(f"{USER}:x:1000:1000::{USER}:\n")
    (tmp_path / "pymap-etc-shadow").write_text(
        f"{USER}:{BuiltinHash(rounds=1000).hash(PASSWORD)}:::::::\n"
    )
    command = [
        str(Path(sys.executable).with_name("pymap")),
        *("--no-service", "managesieve", "--host", "127.0.0.1", "--port", str(port)),
        *("maildir", "--layout", "fs", str(tmp_path)),
    ]
    server = ChildProcess("imap", command, log=tmp_path / "imap.log")
    server.start()
    server.wait_until(lambda: accepts(port), seconds=30, advice="read its log")
    yield ImapAccount("127.0.0.1", port, USER, PASSWORD, security="none"), folder
    server.kill()


async def test_unseen_mail_is_kept_with_its_time_and_marked_seen(
    office: MailOffice, imap: tuple[ImapAccount, Path]
) -> None:
    """Each is taken once, on the day on which the server got it; nothing is removed there."""
    account, folder = imap
    arrived: list[int] = []
    got = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    deliver(folder, mail("delete my data").as_bytes(), got)
    deliver(folder, mail("what do you know of me?", sender="b@example.com").as_bytes(), got)
    first = await poll(office.parts, account, arrived.append)
    again = await poll(office.parts, account, arrived.append)
    rows = await office.rows()
    assert (first, again, len(arrived)) == (2, 0, 2)
    assert {row["received_at"] for row in rows} == {got}
    settled = await Sorting(office.parts).settle(arrived[0])
    assert settled is not None
    assert settled.standing is Standing.FILED
    assert len(list(mailbox.Maildir(folder))) == 2


async def test_a_refused_login_says_what_to_check(
    office: MailOffice, imap: tuple[ImapAccount, Path]
) -> None:
    """The sentence names the server and neither user nor password."""
    account = replace(imap[0], password="wrong")
    with pytest.raises(MailboxRefuses, match="check user, password and folder") as raised:
        await poll(office.parts, account, lambda mail_id: None)
    assert "wrong" not in str(raised.value)


def deliver(folder: Path, raw: bytes, at: datetime) -> None:
    """Put a mail where a mail server would."""
    stored = mailbox.Maildir(folder)
    message = mailbox.MaildirMessage(raw)
    message.set_date(at.timestamp())
    stored.add(message)
