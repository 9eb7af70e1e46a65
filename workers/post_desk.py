"""The post desk: letters on paper that wait, their PDFs, and the day on which they were posted."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import NamedTuple

from temporalio.client import Client

from domain.events import Actor
from domain.ids import request_of
from domain.messages import StaffId
from domain.outside import PackagePrinted
from letters.paper import PDF
from packages.paper import print_package
from records import outbox, packages
from records.connection import Connection
from records.outbox import Letter, LetterStatus
from records.outside import note_outside
from records.stream_time import stream_time
from records.vault import Vault
from workers.staff_updates import NoSuchWorkflow, NotCarriedOut, send_update


class NotAtTheDesk(Exception):
    """What was asked of the post desk cannot be done; says what to do instead."""


class PrintedLetter(NamedTuple):
    """A letter's PDF and the name of its file, which says nothing personal."""

    name: str
    pdf: bytes


def letter_id(letter: Letter) -> str:
    """Return what a letter is called at the desk: request and number."""
    return f"{letter.stream}.{letter.n}"


def parsed(text: str) -> tuple[str, int]:
    """Read a letter's name.

    Raises:
        NotAtTheDesk: it is none.
    """
    stream, _, number = text.strip().rpartition(".")
    if not stream or not number.isdecimal():
        raise NotAtTheDesk(f"{text} is no letter; privacy post list names them, as PR-4106-105S.4.")
    request_id = request_of(stream)
    return request_id.upper() + stream.removeprefix(request_id), int(number)


async def printed(
    conn: Connection, vault: Vault, named: tuple[str, ...] = ()
) -> AsyncIterator[PrintedLetter]:
    """Yield the PDFs of the letters named, or of all that wait.

    Raises:
        NotAtTheDesk: a named letter is none on paper.
    """
    letters = [await _found(conn, *parsed(one)) for one in named] or await outbox.to_post(conn)
    for letter in letters:
        body = await outbox.body_of(conn, vault, letter)
        pdf = _pdf(body) if body else None
        if pdf is None:
            raise NotAtTheDesk(f"{letter_id(letter)} is not written yet; try again in a moment.")
        yield PrintedLetter(f"{letter_id(letter)}.pdf", pdf)


async def printed_package(
    conn: Connection, vault: Vault, request_id: str, by: StaffId, now: datetime
) -> list[PrintedLetter]:
    """Return what goes into the envelope with a copy of the data: the PDF and files as they are.

    That it was printed, and by whom, goes on record first.

    Raises:
        NotAtTheDesk: no package of this request may go out, or not any more.
    """
    package = await packages.released(conn, request_id)
    if package is None:
        raise NotAtTheDesk(
            f"No package of {request_id} may go out now. It can once the report was released, and "
            "until it is purged; reissue_package has one sent again."
        )
    key = await vault.data_key(conn, request_id)
    content = b"".join([chunk async for chunk in packages.read(conn, key, package)])
    taken = PackagePrinted(actor=Actor(id=by), package_hash=package.content_hash)
    await note_outside(conn, request_id, taken, await stream_time(conn, request_id, now))
    made = print_package(content)
    return [
        PrintedLetter(f"{request_id}-package.pdf", made.pdf),
        *(PrintedLetter(f"{request_id}-{name}", body) for name, body in made.originals.items()),
    ]


async def posted(client: Client, letter: str, on: date, by: str) -> str:
    """Tell a letter's request on which day it was posted, and return its answer.

    Raises:
        NotAtTheDesk: the request refuses, with its sentence, gives no word, or does not run.
    """
    stream, n = parsed(letter)
    message = {"decided_by": by, "letter": n, "posted_on": on.isoformat()}
    try:
        return await send_update(client, stream, "letter_posted", message)
    except NoSuchWorkflow:
        raise NotAtTheDesk(
            f"No workflow {stream} runs; a closed request takes no day any more. Look at it, and "
            "at the letter's number: privacy post list."
        ) from None
    except NotCarriedOut as why:
        raise NotAtTheDesk(str(why)) from None


async def _found(conn: Connection, stream: str, n: int) -> Letter:
    letter = await outbox.find(conn, stream, n)
    if letter is None or letter.channel != "post":
        raise NotAtTheDesk(f"{stream}.{n} is no letter on paper; privacy post list names those.")
    if letter.status is LetterStatus.WAITING:
        raise NotAtTheDesk(f"{stream}.{n} is being written; try again in a moment.")
    return letter


def _pdf(body: bytes) -> bytes | None:
    message = message_from_bytes(body, policy=default)
    assert isinstance(message, EmailMessage)
    found = [part for part in message.iter_attachments() if part.get_content_type() == PDF]
    return found[0].get_content() if found else None
