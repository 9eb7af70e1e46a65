"""A new link to the page of one's request: anybody may ask, the address on record gets it."""

from collections.abc import Mapping

from pydantic import EmailStr, TypeAdapter, ValidationError

from domain.decisions.inbox import LINK_REQUESTED
from domain.ids import is_request_id
from gateway import engine_calls
from gateway.links import connection_of
from gateway.parts import GatewayParts
from gateway.points import Faults
from records import identities
from records.earlier import is_requester
from records.submissions import is_agents

_EMAIL: TypeAdapter[str] = TypeAdapter(EmailStr)


def read_claim(fields: Mapping[str, str]) -> tuple[str, str, Faults]:
    """Return the request number and address that somebody typed, and what to mend in them."""
    number = fields.get("number", "").strip().upper()
    address = fields.get("email", "").strip()
    faults = {} if is_request_id(number) else {"number": "no_number"}
    try:
        _EMAIL.validate_python(address)
    except ValidationError:
        faults["email"] = "no_email"
    return number, address, faults


async def ask_if_theirs(parts: GatewayParts, number: str, address: str) -> None:
    """Have a new link sent if the request was filed under that address.

    Runs after the answer, which is the same either way, and takes the same time (VER-13).
    """
    async with connection_of(parts) as connection:
        theirs = await is_requester(connection, parts.people, number, identities.email(address))
        agents = not theirs and await is_agents(connection, parts.vault, number, address)
    if theirs or agents:
        await ask(parts, number, agent=agents)


async def ask(parts: GatewayParts, request_id: str, *, agent: bool = False) -> None:
    """Have a new link sent to the consumer, or to the agent, once in an hour to each.

    A request that is closed has no workflow any more; its links come with the next sweep.
    """
    asker = "agent:" if agent else ""
    once_key = f"link:{request_id}:{asker}{parts.now():%Y-%m-%dT%H}"
    facts = {"agent": True} if agent else {}
    await engine_calls.leave(parts, request_id, LINK_REQUESTED, facts, None, once_key=once_key)
