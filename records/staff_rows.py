"""What a member of staff sent by a row of the inbox: who it was, and what the workflow is to do."""

from datetime import datetime

from domain.ids import request_of
from domain.signed_in import KIND, SignedInAction
from records import inbox
from records.connection import Connection
from records.inbox import Receipt
from records.vault import Vault


async def leave(
    conn: Connection,
    vault: Vault,
    stream: str,
    action: SignedInAction,
    *,
    once_key: str,
    kept: str = "",
    now: datetime,
) -> Receipt:
    """Leave an action for the workflow of ``stream``, once per ``once_key``.

    ``kept`` is what came with it that is personal, a note or an address; it stands in the vault
    alone. Raises what ``Vault.put`` raises.
    """
    return await inbox.receive(
        conn,
        vault,
        once_key=once_key,
        request_id=request_of(stream),
        stream=stream,
        kind=KIND,
        facts=action.model_dump(mode="json", exclude_defaults=True),
        evidence=kept.encode() if kept else None,
        now=now,
    )
