"""Mail as a way in, and letters on paper as a way out, on real parts (REQ-07, NOT-07)."""

import re
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from pypdf import PdfReader

from domain import events as e
from domain.vocabulary import NoticeKind, PointOfIdentity
from tests.e2e.case import PACIFIC, Case, eventually
from tests.e2e.mailing import send, write
from tests.e2e.office import Office
from tests.e2e.shop import Customer
from tests.mail_intake.bounces import bounce

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

PHONE, NUMBER = PointOfIdentity.PHONE, PointOfIdentity.CUSTOMER_NUMBER


async def opened(office: Office, customer: Customer) -> Case:
    """Follow the request that a mail opened."""

    async def written() -> list[dict[str, object]]:
        return await office.people.mails(customer.email)

    (first,) = await eventually(written, seconds=40)
    text = (await office.people.mail(str(first["message_id"])))["text"]
    number = next(line for line in text.splitlines() if line.startswith("Request number"))
    return office.case(number.split()[-1], customer, {})


async def test_a_mail_becomes_a_request_and_its_answer_is_threaded(office: Office) -> None:
    """Mail, acknowledgement, a reply with our Message-ID, a bounce: each where it belongs."""
    customer = await office.shop.customer()
    await send(office, write(customer, "Please delete all my data."), customer.email)
    case = await opened(office, customer)
    received = await case.state()
    letter = await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    reply = write(customer, "Thanks! What happens next?", In_Reply_To=letter["message_id"])
    await send(office, reply, customer.email)
    unread = await case.until("the reply is in the inbox", lambda state: state.unread)
    await case.act("messages_read")
    await case.until("the reply was read", lambda state: not state.unread)
    await send(office, bounce(letter["message_id"], customer.email))
    back = await case.until(
        "the letter came back",
        lambda state: "bounced" in {each.status for each in state.letters.values()},
    )

    assert (received.channel, received.request_type) == ("email", "delete")
    assert unread.needs_action == "messages_read"
    assert back.letters_to_post == ()
    (bounced,) = await case.events(e.LetterBounced)
    assert bounced.status == "5.1.1"
    assert {"message_waits", "letter_bounced"} <= {str(one) for one in await case.staff_told()}


async def test_who_is_not_reached_by_mail_gets_every_letter_on_paper(
    office: Office, tmp_path: Path
) -> None:
    """Bounced, printed, posted by staff, answered by a typed code; the posting counts as sent."""
    customer = await office.shop.customer()
    case = await office.file(
        customer,
        {kind: customer.points[kind] for kind in (PHONE, NUMBER)},
        channel="phone",
        consumer={
            "name": customer.name,
            "email": customer.email,
            "postal_address": customer.postal_address.split(", ", 1),
        },
    )
    letter = await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    await send(office, bounce(letter["message_id"], customer.email))
    await case.until("the letter is printed", lambda state: state.letters_to_post)
    text = await posted(office, case, tmp_path)
    code = re.findall(r"/c\s+and type the code\s+([0-9A-Z-]{14})", text)[0]
    async with httpx.AsyncClient(trust_env=False, follow_redirects=True) as browser:
        page = await browser.post(f"{office.stack.addresses.gateway}/c", data={"code": code})
        answer = await browser.post(page.url, data={"action": "confirm"})
    verified = await case.until("a decision is awaited", lambda state: state.holdings)
    await case.approve()
    waiting = await case.until("the answer is printed", lambda state: state.letters_to_post)
    answer_text = await posted(office, case, tmp_path)
    state = await case.closed()

    assert (page.status_code, answer.status_code) == (200, 200)
    assert verified.verified is not None
    assert waiting.answered_at is None
    assert waiting.needs_action == "letter_posted"
    assert customer.name in answer_text
    assert "invoices" in answer_text
    assert state.outcome is not None
    assert [event.posted_on for event in await case.events(e.LetterPosted)]
    mailed = [each["message_id"] for each in await office.people.mails(customer.email)]
    assert mailed == [letter["message_id"]]


async def posted(office: Office, case: Case, folder: Path) -> str:
    """Print the letters of a request and enter today as the day of posting; return their text."""
    (n, *_) = (await case.state()).letters_to_post
    name = f"{case.request_id}.{n}"
    code, said = await office.privacy("post", "list")
    assert (code, name in said) == (0, True), said
    code, said = await office.privacy("post", "print", "-o", str(folder), name)
    assert code == 0, said
    pdf = PdfReader(folder / f"{name}.pdf")
    today = datetime.now(PACIFIC).date().isoformat()
    code, said = await office.privacy("post", "sent", name, "--on", today, "--by", "s.lee")
    assert code == 0, said
    await case.until("the letter is posted", lambda state: n not in state.letters_to_post)
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
