"""Correcting a consumer's address from the command line: to the vault, then by its row."""

import secrets
from datetime import datetime

from domain import signed_in
from domain.refusals import Refused
from domain.typed_address import email_address
from records import requests, staff_rows
from records.connection import Connection
from records.vault import Vault
from workers.engine import TemporalEngine

ACTION = "correct_contact"


async def correct(
    conn: Connection,
    vault: Vault,
    engine: TemporalEngine,
    *,
    request_id: str,
    typed: str,
    by: str,
    now: datetime,
) -> None:
    """Have letters of a request go to another address. Raises ``Refused``."""
    address = email_address(typed)
    if await requests.find(conn, request_id) is None:
        raise Refused("No request has this number. Look it up in the list of requests.")
    receipt = await staff_rows.leave(
        conn,
        vault,
        request_id,
        signed_in.self_asserted(ACTION, by),
        once_key=f"{request_id}:contact:{secrets.token_urlsafe(12)}",
        kept=address,
        now=now,
    )
    try:
        refusal = await engine.act(request_id, ACTION, receipt.row_id)
    except LookupError:
        raise Refused("This request is closed, so nobody is written to any more.") from None
    if refusal:
        raise Refused(refusal)
