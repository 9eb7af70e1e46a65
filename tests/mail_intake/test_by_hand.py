"""Mail that waits for a person: opened, filed from its own day, or dismissed."""

from datetime import timedelta

import pytest

from domain.vocabulary import RequestType
from mail_intake.sorting import Sorting
from records import incoming_mail
from records.incoming_mail import Standing
from tests.mail_intake.office import MailOffice, mail
from workers import mail_desk
from workers.mail_desk import NotWaiting

NAMELESS = b"Subject: delete my data\r\n\r\nPlease, says Ana."


async def parked(office: MailOffice) -> int:
    """Let a mail wait that names nobody."""
    await office.take(NAMELESS)
    (waiting,) = await mail_desk.waiting(office.owner)
    return waiting.mail_id


async def test_a_waiting_mail_becomes_a_request_of_its_own_day(office: MailOffice) -> None:
    """Staff name the person; the days count from the mail's arrival, and it is read (REQ-08)."""
    arrived = office.clock()
    mail_id = await parked(office)
    office.clock.move(timedelta(days=3))
    async with office.parts.pool.acquire() as conn:
        request_id = await mail_desk.file_by_hand(
            conn, office.parts, mail_id, RequestType.DELETE, "Ana Ruiz", "ana@example.com"
        )
    (row,) = await office.filed()
    (written,) = [
        message
        async for _, message in mail_desk.written(office.owner, office.parts.vault, request_id)
    ]
    assert (row["request_id"], row["received_at"]) == (request_id, arrived)
    assert "says Ana" in written.text
    assert await mail_desk.waiting(office.owner) == []


async def test_a_dismissed_mail_is_dropped_after_its_days(office: MailOffice) -> None:
    """It cannot be filed any more, and its bytes go."""
    mail_id = await parked(office)
    await mail_desk.dismiss(office.owner, mail_id, office.clock())
    office.clock.move(timedelta(days=31))
    await Sorting(office.parts).tidy()
    (row,) = await office.rows()
    assert (row["standing"], row["raw"]) == (Standing.DISMISSED, None)
    with pytest.raises(NotWaiting, match="not kept here any more"):
        await mail_desk.raw_of(office.owner, office.parts.wrapping, mail_id)
    with pytest.raises(NotWaiting, match="privacy mail list"):
        await mail_desk.dismiss(office.owner, mail_id, office.clock())


async def test_a_mail_that_waits_can_be_sorted_again(office: MailOffice) -> None:
    """Read anew it waits for the same reason; what does not wait is not read again."""
    mail_id = await parked(office)
    (before,) = await office.rows()
    assert await incoming_mail.read_again(office.owner, mail_id)
    assert not await incoming_mail.read_again(office.owner, mail_id)
    await Sorting(office.parts).settle_waiting()
    (after,) = await office.rows()
    assert (after["standing"], after["reason"]) == (Standing.PARKED, before["reason"])


async def test_details_that_make_no_request_are_refused(office: MailOffice) -> None:
    """The mail goes on waiting."""
    mail_id = await parked(office)
    async with office.parts.pool.acquire() as conn:
        with pytest.raises(NotWaiting, match="email"):
            await mail_desk.file_by_hand(
                conn, office.parts, mail_id, RequestType.DELETE, "Ana Ruiz", "nobody"
            )
    assert len(await mail_desk.waiting(office.owner)) == 1


async def test_the_files_of_a_message_come_under_names_of_ours(office: MailOffice) -> None:
    """What a stranger called a file names nothing on a staff member's disk."""
    message = mail("delete my data")
    message.add_attachment(
        b"%PDF-1.7 x", maintype="application", subtype="pdf", filename="../x.exe"
    )
    request_id = (await office.take(message)).request_id or ""
    vault = office.parts.vault
    async for row, stored in mail_desk.written(office.owner, vault, request_id):
        found = [
            each async for each in mail_desk.files_of(office.owner, vault, request_id, row, stored)
        ]
        assert found == [(f"{request_id}-{row}-1.pdf", b"%PDF-1.7 x")]
