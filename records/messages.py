"""What a consumer wrote by mail, opened and divided: text for a person to read, files apart.

The mail itself stands beside it as the evidence of its inbox row, exactly as it came.
"""

from collections.abc import Sequence
from typing import NamedTuple

from records.connection import Connection
from records.model import Record
from records.vault import Vault

MESSAGE = "message"
"""The vault's kind of a message; its number is its inbox row's."""

FILE = "message-file"
"""The vault's kind of an attachment; its number is ``file_number``."""

MOST_FILES = 100


class StoredFile(Record):
    """An attachment as it was judged; a refused one is only in the mail itself."""

    name: str
    media_type: str
    size: int
    refused: str = ""


class StoredMessage(Record):
    """What somebody wrote. Personal: shown to signed-in staff only."""

    sender: str
    subject: str
    text: str
    files: tuple[StoredFile, ...] = ()


class Attachment(NamedTuple):
    """A judged attachment with its bytes; a refused one has none."""

    about: StoredFile
    content: bytes


def file_number(row: int, place: int) -> int:
    """Return the number of a message's file in the vault."""
    return row * MOST_FILES + place


async def put(
    conn: Connection,
    vault: Vault,
    request_id: str,
    row: int,
    message: StoredMessage,
    attachments: Sequence[Attachment],
) -> None:
    """Store a message and the files that were taken. Raises what ``Vault.put`` raises."""
    whole = message.model_copy(update={"files": tuple(each.about for each in attachments)})
    await vault.put(conn, request_id, MESSAGE, whole.model_dump_json().encode(), row)
    for place, each in enumerate(attachments):
        if not each.about.refused:
            await vault.put(conn, request_id, FILE, each.content, file_number(row, place))


async def get(conn: Connection, vault: Vault, request_id: str, row: int) -> StoredMessage:
    """Return a message. Raises what ``Vault.get`` raises."""
    return StoredMessage.model_validate_json(await vault.get(conn, request_id, MESSAGE, row))
