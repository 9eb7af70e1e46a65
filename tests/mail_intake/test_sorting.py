"""What becomes of mail: requests, replies, bounces, tasks for people; never nothing (REQ-07)."""

from datetime import timedelta
from email.message import EmailMessage

import pytest

from domain.decisions.inbox import LETTER_BOUNCED, MAIL_RECEIVED
from domain.vocabulary import Language, RequestType
from mail_intake.keeping import keep
from mail_intake.sorting import Sorting
from records import contact, incoming_mail, messages
from records.incoming_mail import Standing
from tests.mail_intake.bounces import bounce
from tests.mail_intake.office import ANA, MAILBOX, SENDER, MailOffice, mail

PDF = b"%PDF-1.7\n" + b"x" * 200


@pytest.mark.parametrize(
    ("subject", "body", "types", "reading"),
    [
        ("", "Please delete my data.", ["delete"], "clear"),
        ("CCPA", "", ["know_both"], "unclear"),
        ("Hello", "Are you open on Sundays?", ["know_both"], "unclear"),
        ("", "What do you have on me? And take me off your mailing list.",
         ["know_both", "marketing_opt_out"], "clear"),
        ("unsubscribe", "", ["marketing_opt_out"], "clear"),
        ("", "Do not sell my information", ["opt_out_sale_sharing"], "clear"),
        ("", "I want nothing more to do with you", ["delete", "marketing_opt_out"], "unclear"),
        ("", "My phone number is wrong, please correct it", ["correct"], "unclear"),
        ("", "I write on behalf of my client: delete her data", ["delete"], "for_another"),
    ],
)  # fmt: skip
async def test_any_mail_opens_a_request_when_it_arrived(
    office: MailOffice, subject: str, body: str, types: list[str], reading: str
) -> None:
    """No subject is needed; what the rules leave open is filed and read by a person (REQ-14)."""
    arrived = office.clock() - timedelta(hours=5)
    settled = await office.take(mail(body, subject=subject), at=arrived)
    filed = await office.filed()
    assert sorted(row["request_types"][0] for row in filed) == sorted(types)
    assert {(row["received_at"], row["channel"], row["client"]) for row in filed} == {
        (arrived, "email", "mail")
    }
    assert (settled.standing, settled.reason) == (Standing.FILED, reading)
    (message,) = await office.inbox(settled.request_id or "")
    assert (message.kind, message.facts["reading"]) == (MAIL_RECEIVED, reading)
    assert set(office.engine.started) == {row["request_id"] for row in filed}


async def test_a_mail_is_kept_closed_and_ends_in_its_requests_vault(office: MailOffice) -> None:
    """The row never holds readable bytes, and none once they stand in the vault."""
    message = mail("Please delete everything, says canary.", subject="canary")
    kept = await keep(office.parts, message.as_bytes(), office.clock())
    (row,) = await office.rows()
    assert row["raw"] is not None
    assert b"canary" not in row["raw"]
    settled = await Sorting(office.parts).settle(kept.mail_id)
    (row,) = await office.rows()
    assert settled is not None
    assert (row["raw"], row["request_id"]) == (None, settled.request_id)
    inbox_row = (await office.inbox(row["request_id"]))[0].row_id
    raw = await office.parts.vault.get(office.owner, row["request_id"], "inbox", inbox_row)
    assert raw == message.as_bytes()


async def test_the_same_mail_in_both_mailboxes_is_one_mail(office: MailOffice) -> None:
    """A second delivery is known by writer, Message-ID and content; other words are another."""
    message = mail("delete my data", Message_ID="<1@example.com>")
    raw = message.as_bytes()
    first = await keep(office.parts, b"Received: by a\n" + raw, office.clock())
    again = await keep(office.parts, b"Received: by b\n" + raw, office.clock())
    other = await keep(office.parts, raw.replace(b"delete", b"export"), office.clock())
    assert (again.mail_id, again.fresh) == (first.mail_id, False)
    assert other.fresh


async def test_an_answer_to_our_letter_is_threaded(office: MailOffice) -> None:
    """By our Message-ID; its files stand apart, those that are not what they say do not."""
    request_id = (await office.take(mail("delete my data"))).request_id or ""
    ours = await office.letter(request_id)
    answer = mail("Here it is.\n\nOn Monday Privacy wrote:\n> confirm", In_Reply_To=ours)
    answer.add_attachment(PDF, maintype="application", subtype="pdf", filename="../../a.pdf")
    answer.add_attachment(b"MZ...", maintype="application", subtype="pdf", filename="b.pdf")
    settled = await office.take(answer)
    assert (settled.standing, settled.reason, settled.request_id) == (
        Standing.THREADED, "reply", request_id,
    )  # fmt: skip
    assert len(await office.filed()) == 1
    row = (await office.inbox(request_id))[-1]
    assert row.facts == {"reading": "reply", "files": 1, "files_refused": 1}
    stored = await office.message(request_id, row.row_id)
    assert [(f.name, f.refused) for f in stored.files] == [
        ("a.pdf", ""),
        ("b.pdf", "type_not_taken"),
    ]
    number = messages.file_number(row.row_id, 0)
    body = await office.parts.vault.get(office.owner, request_id, messages.FILE, number)
    assert body == PDF
    assert office.engine.delivered[-1] == (request_id, row.row_id)


async def test_a_request_number_counts_from_its_own_consumer_only(office: MailOffice) -> None:
    """Somebody else who names the number gets a request of their own, and sees nothing."""
    request_id = (await office.take(mail("delete my data"))).request_id or ""
    theirs = await office.take(mail(f"About {request_id}: any news?"))
    stranger = await office.take(mail(f"About {request_id}", sender="Eve <eve@example.net>"))
    assert (theirs.standing, theirs.request_id) == (Standing.THREADED, request_id)
    assert stranger.standing is Standing.FILED
    assert stranger.request_id != request_id


async def test_an_opt_out_in_an_answer_is_carried_out_without_a_question(
    office: MailOffice,
) -> None:
    """“Unsubscribe” below our letter opens the opt-out itself; what we are quoted with does not."""
    request_id = (await office.take(mail("What do you have about me?"))).request_id or ""
    ours = await office.letter(request_id)
    quoted = await office.take(
        mail("Thanks.\n> stop sending you mail: unsubscribe", References=ours)
    )
    assert quoted.started == ()
    asked = await office.take(mail("Please unsubscribe me.", References=ours))
    assert asked.standing is Standing.THREADED
    submission = await office.submission(asked.started[0])
    assert submission.request_types == (RequestType.MARKETING_OPT_OUT,)


async def test_a_bounce_marks_the_address_and_tells_the_request(office: MailOffice) -> None:
    """An RFC 3464 report names our letter; its address counts as failing (NOT-07)."""
    request_id = (await office.take(mail("delete my data"))).request_id or ""
    ours = await office.letter(request_id, n=4)
    settled = await office.take(bounce(ours, "ana.canary@example.com"))
    assert (settled.standing, settled.request_id) == (Standing.BOUNCE, request_id)
    row = (await office.inbox(request_id))[-1]
    assert (row.kind, row.facts) == (
        LETTER_BOUNCED, {"letter": 4, "status": "5.1.1", "paper": False},
    )  # fmt: skip
    assert await contact.failing(office.owner, office.parts.vault, request_id) == {
        "ana.canary@example.com"
    }


@pytest.mark.parametrize(
    "machine",
    [
        mail("I am away", Auto_Submitted="auto-replied; vacation"),
        mail("I am away", X_Autoreply="yes"),
        mail("Delete my data", Return_Path="<>"),
        mail("50 % off! unsubscribe here", List_Unsubscribe="<mailto:x@example.com>"),
        mail("Delete my data", sender=f"Privacy <{SENDER}>"),
        mail("Delete my data", sender=MAILBOX),
        bounce("<" + "0" * 32 + ".2@wicresoft.com>", "x@example.com"),
        bounce("<" + "0" * 32 + ".2@wicresoft.com>", "x@example.com", action="delayed"),
    ],
)
async def test_machines_are_known_and_never_answered(
    office: MailOffice, machine: EmailMessage
) -> None:
    """No request, no letter, no loop; the mail is kept for its days (RFC 3834)."""
    settled = await office.take(machine)
    assert settled.standing is Standing.AUTOMATIC
    assert await office.filed() == []


async def test_a_service_that_writes_for_people_is_left_to_a_person(office: MailOffice) -> None:
    """Machine-made mail that asks for a right is answered by nobody and lost by nobody."""
    settled = await office.take(mail("Please delete my data", Precedence="bulk"))
    assert (settled.standing, settled.reason) == (Standing.PARKED, "written_by_machine")
    assert await Sorting(office.parts).tidy() == 1
    assert office.notes.told == [1]


async def test_a_robot_that_does_not_say_so_soon_gets_no_more_letters(office: MailOffice) -> None:
    """Two machines that answer each other stop after a few requests, and staff see it."""
    standings = [
        (await office.take(mail(f"delete my data {n}", Message_ID=f"<{n}@x.example>"))).standing
        for n in range(7)
    ]
    assert standings == [Standing.FILED] * 5 + [Standing.PARKED] * 2


async def test_an_answer_after_the_end_is_read_by_a_person(office: MailOffice) -> None:
    """A closed request takes no message; a new wish in it is a new request."""
    request_id = (await office.take(mail("delete my data"))).request_id or ""
    ours = await office.letter(request_id)
    await office.close(request_id)
    thanks = await office.take(mail("Thank you!", In_Reply_To=ours))
    wish = await office.take(mail("Now also delete my old account data", In_Reply_To=ours))
    assert (thanks.standing, thanks.reason) == (Standing.PARKED, "request_closed")
    assert wish.standing is Standing.FILED


async def test_a_providers_answer_by_mail_is_no_request(office: MailOffice) -> None:
    """It belongs to a direction, and staff record it there."""
    request_id = (await office.take(mail("delete my data"))).request_id or ""
    ours = await office.letter(request_id, n=9, audience="provider")
    settled = await office.take(mail("Done.", sender="ops@acme.example", In_Reply_To=ours))
    assert (settled.standing, settled.reason) == (Standing.PARKED, "answer_of_provider")


async def test_spanish_mail_is_answered_in_spanish(office: MailOffice) -> None:
    """The language follows the writer's words (NOT-06)."""
    settled = await office.take(mail("Hola, quiero que eliminen mis datos, por favor. Gracias"))
    submission = await office.submission(settled.request_id or "")
    assert submission.language is Language.SPANISH
    assert submission.request_types == (RequestType.DELETE,)


async def test_what_kills_its_reader_is_parked(office: MailOffice) -> None:
    """A mail whose reader died a few times is not read again; its bytes stay for a person."""
    kept = await keep(office.parts, mail("delete my data").as_bytes(), office.clock())
    for _ in range(5):
        async with incoming_mail.claim(office.owner, kept.mail_id):
            pass
    settled = await Sorting(office.parts).settle(kept.mail_id)
    assert settled is not None
    assert (settled.standing, settled.reason) == (Standing.PARKED, "kept_failing")
    assert (await office.rows())[0]["raw"] is not None


async def test_an_engine_that_is_away_loses_nothing(office: MailOffice) -> None:
    """The request stands in the database; the sweep starts it."""
    office.engine.away = True
    settled = await office.take(mail("delete my data", sender=ANA))
    assert settled.standing is Standing.FILED
    assert len(await office.filed()) == 1
