"""Sending what a signed-in person wants: a row that says who it was, then the same update."""

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Any, NamedTuple

import structlog

from domain import actions
from domain.action_table import Action, parse
from domain.direction_situation import offered
from domain.entitlement import Sender
from domain.ids import direction_stream
from domain.refusals import Refused
from domain.signed_in import SignedInAction
from domain.typed_address import email_address
from gateway.case.dossier import Case
from gateway.links import connection_of
from gateway.parts import GatewayParts
from gateway.staff.principal import StaffMember
from records import inbox, staff_rows

log = structlog.get_logger("gateway.case")

SECONDS = 10.0
"""How long a person waits for the engine's word."""
MOST_NOTE = 2000
NOT_STORED_YET = 0
_LOOK_S = 0.1


class Fate(StrEnum):
    """What became of an action that was sent."""

    DONE = "done"
    REFUSED = "refused"
    WAITS = "waits"
    """Stored; it is carried out once the engine is back."""


class Sent(NamedTuple):
    """What became of it, with the sentence of a refusal."""

    fate: Fate
    sentence: str = ""


def once() -> str:
    """Draw what makes a form count once, however often its button is pressed."""
    return secrets.token_urlsafe(12)


async def send(
    parts: GatewayParts,
    case: Case,
    member: StaffMember,
    action: Action,
    sent: Mapping[str, Any],
    *,
    key: str,
    note: str = "",
    personal: str = "",
    provider: str = "",
) -> Sent:
    """Send an action in the name of the person signed in; what is refused at once is not stored.

    ``note``, or the ``personal`` thing that an action takes, is kept with the row, in the vault.
    """
    try:
        _check(case, member, action, sent, provider)
        kept = email_address(personal) if action.personal else note
    except Refused as refused:
        return Sent(Fate.REFUSED, refused.sentence)
    stream = direction_stream(case.id, provider) if provider else case.id
    async with connection_of(parts) as connection:
        receipt = await staff_rows.leave(
            connection,
            parts.vault,
            stream,
            SignedInAction(action=action.name, input=dict(sent), roles=member.roles),
            once_key=f"{case.id}:staff:{key[:40]}",
            kept=kept[:MOST_NOTE],
            now=parts.now(),
        )
    if not receipt.fresh:
        return Sent(Fate.DONE)
    return await _carried_out(parts, stream, action.name, receipt.row_id)


def _check(
    case: Case, member: StaffMember, action: Action, sent: Mapping[str, Any], provider: str
) -> None:
    """Ask the same rules that the workflow asks, by what is recorded. Raises ``Refused``."""
    if provider:
        parse(action, [sent])
        if action.name not in offered(case.directions[provider]):
            raise Refused("This cannot be done on this provider’s direction now.")
        return
    sender = Sender(known="authenticated", roles=member.roles, row=NOT_STORED_YET)
    actions.decide(action.name, [sent], case.state, case.policy, case.now, sender)
    actions.must_be_complete(action.name, [sent])


async def _carried_out(parts: GatewayParts, stream: str, action: str, row: int) -> Sent:
    try:
        async with asyncio.timeout(SECONDS):
            refusal = await parts.engine.act(stream, action, row)
    except Exception as fault:
        log.warning("left_to_the_sweep", call="act", stream=stream, fault=type(fault).__name__)
        return Sent(Fate.WAITS)
    if refusal:
        return Sent(Fate.REFUSED, refusal)
    with suppress(TimeoutError):
        async with asyncio.timeout(SECONDS):
            await _recorded(parts, row)
    return Sent(Fate.DONE)


async def _recorded(parts: GatewayParts, row: int) -> None:
    """Wait until the ledger has it, so that the next page shows it."""
    while True:
        async with connection_of(parts) as connection:
            message = await inbox.read(connection, row)
        if message is None or message.delivered_at is not None:
            return
        await asyncio.sleep(_LOOK_S)
