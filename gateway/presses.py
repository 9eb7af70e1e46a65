"""What a consumer's pressed button comes to: rows of the inbox, once per link."""

from typing import Any, NamedTuple

from domain.chain import canonical
from domain.decisions.inbox import ADDRESS_CONFIRMED, DISOWNED, FEE_ACCEPTED, POINTS_ADDED
from gateway.links import Link
from gateway.parts import GatewayParts
from gateway.points import Points
from records import inbox
from records.connection import Connection


class Press(NamedTuple):
    """One message to the request's workflow. ``evidence`` is personal and goes to the vault.

    A visit brings one message of a kind, and of those that may come again one for each ``once``.
    """

    kind: str
    facts: dict[str, Any]
    evidence: bytes | None = None
    once: str = ""


def confirm(link: Link, points: Points, declaration: Press | None = None) -> tuple[Press, ...]:
    """Return what "yes, and here is more" says; the link was mailed, so it proves the address."""
    said = [_points(link, points)] if points else []
    said += [declaration] if declaration else []
    if not link.came(ADDRESS_CONFIRMED):
        said.append(Press(ADDRESS_CONFIRMED, {"letter": link.answers}))
    return tuple(said)


def accept_fee(link: Link) -> tuple[Press, ...]:
    """Return what "I accept the fee" says (FEE-03)."""
    return (Press(FEE_ACCEPTED, {"letter": link.answers}),)


def _points(link: Link, points: Points) -> Press:
    facts = {"kinds": sorted(points), "letter": link.answers}
    return Press(POINTS_ADDED, facts, canonical({str(k): text for k, text in points.items()}))


def disown(link: Link) -> tuple[Press, ...]:
    """Return what "this was not me" says (NOT-05)."""
    return (Press(DISOWNED, {"letter": link.answers}),)


async def store(
    connection: Connection, parts: GatewayParts, link: Link, presses: tuple[Press, ...]
) -> list[int]:
    """Store the messages in one transaction and return their rows; none if the link was used up.

    The first message uses the link up; a later one of another kind counts once as well.

    Raises:
        VaultError: the request's data was destroyed at the end of its retention.
    """
    rows: list[int] = []
    async with connection.transaction():
        for press in presses:
            used = rows or link.pressed
            own_key = f"{link.token.once_key}:{press.kind}{press.once and ':' + press.once}"
            key = own_key if used else link.token.once_key
            receipt = await inbox.receive(
                connection,
                parts.vault,
                once_key=key,
                request_id=link.token.request_id,
                stream=link.stream,
                kind=press.kind,
                facts=press.facts,
                evidence=press.evidence,
                now=parts.now(),
            )
            if not receipt.fresh:
                break
            rows.append(receipt.row_id)
    return rows
