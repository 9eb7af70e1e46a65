"""Each protocol from the direction's workflow to its last word, against the strict fakes."""

import json
import re
from email import message_from_bytes
from email.policy import default
from typing import Any

import httpx
import pytest

from domain import events as e
from domain.notice_words import DirectedAction
from domain.vocabulary import ProviderStanding
from providers.kept import opened
from providers.opendsr.request_ids import subject_request_id
from records import inbox, outbox
from tests.providers.fakes.ddrf import Recipient
from tests.providers.fakes.opendsr import Processor
from tests.workflows.rig import ANA, STAFF, Rig, eventually
from tests.workflows.vendor import Vendor
from tools.verify_evidence import OWN_KEY, signed_how
from workflows import directing

MAIL = "{protocol: mail, address: privacy@acme.example}"
POST = "{protocol: manual, postal_address: 'PO Box 1, Oakland CA'}"
by_mail = pytest.mark.parametrize("letter_rig", [MAIL], indirect=True)
by_post = pytest.mark.parametrize("letter_rig", [POST], indirect=True)


async def proofs(rig: Rig, stream: str) -> list[e.AcknowledgementRecorded]:
    """Return what was believed, after verifying each again from what is kept."""
    words = [r.event for r in await rig.events(stream)]
    believed = [one for one in words if isinstance(one, e.AcknowledgementRecorded)]
    for word in believed:
        async with rig.pool.acquire() as conn:
            kept = await rig.vault.get(conn, stream.partition(".")[0], inbox.EVIDENCE, word.inbox)
        raw, evidence = opened(kept)
        assert evidence is not None
        signed = signed_how(json.loads(kept), word.key_fingerprint)
        assert (signed.how, signed.problem) == (OWN_KEY, "") or not raw
    return believed


async def test_opendsr_receipt_by_signature_and_done_by_callback(
    processor_rig: Rig, processor: Processor
) -> None:
    """The signed 201 proves receipt; the signed callback is the last word; replays are harmless."""
    rig = processor_rig
    stream = await rig.direct()
    await rig.until(stream, lambda state: state.standing is ProviderStanding.RECEIVED)
    subject = subject_request_id(stream)
    headers, body = processor.callback(subject, "completed")
    assert (await rig.post(body, headers)).status_code == 202
    state = await rig.ended(stream)
    assert (await rig.post(body, headers)).status_code == 200
    assert state.standing is ProviderStanding.DONE
    believed = await proofs(rig, stream)
    assert [word.standing for word in believed] == ["received", "done"]
    assert all(word.scheme.startswith("opendsr-rsa-sha256") for word in believed)
    identities = str(processor.book[subject]["subject_identities"])
    assert ANA in identities
    assert "phone" not in identities


async def test_opendsr_a_lost_callback_is_made_up_by_the_reminder(
    processor_rig: Rig, processor: Processor
) -> None:
    """At the reminder we ask for the status, signed too: what was completed counts as done."""
    rig = processor_rig
    stream = await rig.direct()
    state = await rig.until(stream, lambda s: s.standing is ProviderStanding.RECEIVED)
    processor.callback(subject_request_id(stream), "completed")
    assert state.issued is not None
    await rig.to_instant(stream, state.issued.remind_at)
    assert (await rig.ended(stream)).standing is ProviderStanding.DONE
    assert len(processor.book) == 1
    assert [word.standing for word in await proofs(rig, stream)] == ["received", "done"]


async def test_opendsr_has_no_word_for_corrections(processor_rig: Rig) -> None:
    """What a protocol cannot carry goes to staff, who can still enter the answer."""
    rig = processor_rig
    stream = await rig.direct(DirectedAction.CORRECT)
    await rig.until(stream, lambda state: state.undeliverable == "unsupported_action")
    await rig.act(stream, "record_provider_answer", answer="done")
    assert (await rig.ended(stream)).standing is ProviderStanding.DONE


async def test_ddrf_proves_receipt_and_never_more(recipient_rig: Rig, recipient: Recipient) -> None:
    """The signed receipt is kept and fits; without another word it ends as received, not done."""
    rig = recipient_rig
    stream = await rig.direct()
    state = await rig.until(stream, lambda s: s.standing is ProviderStanding.RECEIVED)
    assert [subject["identifierValue"] for subject in recipient.book.values()] == [ANA]
    (word,) = await proofs(rig, stream)
    assert word.scheme == "ddrf-acjwt"
    assert state.issued is not None
    await rig.to_instant(stream, state.issued.give_up_at)
    assert (await rig.ended(stream)).standing is ProviderStanding.RECEIVED


@by_mail
async def test_mail_with_a_link(letter_rig: Rig) -> None:
    """A letter, a page, two buttons; opening the link acknowledges nothing."""
    rig = letter_rig
    stream = await rig.direct()
    state = await rig.until(stream, lambda s: s.standing is ProviderStanding.DIRECTED)
    assert state.handed_over == 0
    (letter,) = await rig.mail.wait_for("privacy@acme.example")
    link = re.findall(r"https://business\.example(/p/[\w-]+)", letter["text"])[0]
    assert (await rig.door.get(link)).status_code == 200
    await pressed(rig, link, standing="received")
    await rig.until(stream, lambda s: s.standing is ProviderStanding.RECEIVED)
    await pressed(rig, link, standing="partly", reason="backup_only")
    ended = await rig.ended(stream)
    assert (ended.standing, ended.reason) == (ProviderStanding.PARTLY, "backup_only")
    words = [r.event for r in await rig.events(stream)]
    schemes = [one.scheme for one in words if isinstance(one, e.AcknowledgementRecorded)]
    assert schemes == ["link", "link"]


@by_mail
async def test_who_is_reached_by_letter_is_reported_where_the_answer_says_so(
    letter_rig: Rig,
) -> None:
    """A choice is answered at once, so its request hears of it as soon as the letter is out."""
    rig = letter_rig
    stream = await rig.direct(DirectedAction.STOP_SALE_SHARING)
    await rig.until(stream, lambda s: s.standing is ProviderStanding.DIRECTED)
    await eventually(lambda: rig.has_done(stream, directing.TELL_REQUEST.name), "the report")


@by_mail
async def test_nothing_waits_of_a_letter_that_was_answered(letter_rig: Rig) -> None:
    """The mail server's answer is lost, the provider's is not: no letter counts as unsent."""
    rig = letter_rig
    rig.mail.fail(kind="lose_answer", count=1)
    stream = await rig.direct()
    (letter,) = await rig.mail.wait_for("privacy@acme.example")
    link = re.findall(r"https://business\.example(/p/[\w-]+)", letter["text"])[0]
    await pressed(rig, link, standing="done")
    assert (await rig.ended(stream)).standing is ProviderStanding.DONE
    async with rig.pool.acquire() as conn:
        assert await outbox.unsent(conn, stream) == []


@by_mail
async def test_a_letter_that_the_provider_never_takes(letter_rig: Rig) -> None:
    """Refused by its mail server: not reached, staff told; send_again writes a new letter."""
    rig = letter_rig
    rig.mail.fail(reply="550 5.1.1 No such mailbox", to="privacy@acme.example", count=1)
    stream = await rig.direct()
    state = await rig.until(stream, lambda s: s.undeliverable)
    assert (state.standing, state.undeliverable) == (ProviderStanding.NOT_REACHED, "mail_550")
    await rig.act(stream, "send_again")
    await rig.until(stream, lambda s: s.standing is ProviderStanding.DIRECTED)
    assert len(await rig.mail.wait_for("privacy@acme.example")) == 1
    assert await rig.told(stream) == ["direction_undeliverable"]
    await rig.handle(stream).terminate()


@by_post
async def test_by_post_staff_print_post_and_enter_the_answer(letter_rig: Rig) -> None:
    """The team's mailbox gets the letter to print; only a posted letter counts as told."""
    rig = letter_rig
    stream = await rig.direct()
    state = await rig.until(stream, lambda s: s.to_post)
    assert (state.standing, state.needs_action) == (ProviderStanding.NOT_REACHED, "record_posted")
    (task,) = await rig.mail.wait_for(STAFF)
    assert "To print and post" in task["subject"]
    assert "PO Box 1, Oakland CA" in task["text"]
    letter = await attachment(rig, task, "letter.txt")
    assert ANA in letter
    assert "/p/" not in letter
    await rig.act(stream, "record_posted")
    await rig.until(stream, lambda s: s.standing is ProviderStanding.DIRECTED)
    await rig.act(stream, "record_provider_answer", answer="not_found")
    assert (await rig.ended(stream)).standing is ProviderStanding.NOT_FOUND
    sent = [r.event for r in await rig.events(stream) if isinstance(r.event, e.DirectionSent)]
    assert [one.actor for one in sent] == [e.Actor(id="s.lee")]


@by_post
async def test_a_letter_nobody_posts_is_chased(letter_rig: Rig) -> None:
    """Staff are reminded of it, and the provider is never called silent for it."""
    rig = letter_rig
    stream = await rig.direct()
    state = await rig.until(stream, lambda s: s.to_post)
    assert state.issued is not None
    await rig.to_instant(stream, state.issued.give_up_at)
    assert (await rig.ended(stream)).standing is ProviderStanding.NOT_REACHED
    assert await rig.told(stream) == ["letter_to_post", "letter_to_post"]


async def test_a_returned_copy_is_fetched_into_the_vault(rig: Rig, vendor: Vendor) -> None:
    """For an access direction: done, with the copy in the vault and its hash on the ledger."""
    stream = await rig.direct(DirectedAction.RETURN_COPY)
    await rig.until(stream, lambda state: state.handed_over == 0)
    url = f"{vendor.url}copies/1"
    assert (await rig.post(*vendor.answer(stream, "done", results_url=url))).status_code == 202
    assert (await rig.ended(stream)).standing is ProviderStanding.DONE
    (copy,) = [r.event for r in await rig.events(stream) if isinstance(r.event, e.CopyReceived)]
    async with rig.pool.acquire() as conn:
        kept = await rig.vault.get(conn, stream.partition(".")[0], "copy.acme", copy.message)
    assert kept == vendor.copy[1]
    assert (copy.content_type, copy.size) == ("application/json", len(kept))


async def test_a_copy_that_is_gone_waits_for_staff(rig: Rig, vendor: Vendor) -> None:
    """410: the direction stays open, staff are told, send_again fetches once it is back."""
    vendor.copy = (410, b"")
    stream = await rig.direct(DirectedAction.RETURN_COPY)
    await rig.until(stream, lambda state: state.handed_over == 0)
    url = f"{vendor.url}copies/1"
    await rig.post(*vendor.answer(stream, "done", results_url=url))
    state = await rig.until(stream, lambda state: state.copy_problem)
    assert (state.copy_problem, state.needs_action) == ("copy_gone", "send_again")
    vendor.copy = (200, b"{}")
    await rig.act(stream, "send_again")
    assert (await rig.ended(stream)).standing is ProviderStanding.DONE
    assert await rig.told(stream) == ["copy_not_fetched"]


async def pressed(rig: Rig, link: str, **fields: str) -> httpx.Response:
    """Press a button of the provider's page."""
    answer = await rig.door.post(link, data=fields)
    assert answer.status_code == 200
    return answer


async def attachment(rig: Rig, mail: dict[str, Any], name: str) -> str:
    """Return the text of a mail's attachment, from the raw message."""
    async with httpx.AsyncClient(trust_env=False) as client:
        raw = await client.get(f"{rig.mail.url}/messages/{mail['id']}/raw")
    message = message_from_bytes(raw.content, policy=default)
    parts = {part.get_filename(): part for part in message.iter_attachments()}
    return str(parts[name].get_content())
