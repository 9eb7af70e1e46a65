"""What events change in our other tables, in the transaction that records them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from activities.letter_orders import LetterOrders
from domain import events as e
from domain.ids import request_of
from domain.links import LinkPurpose
from records import contact, freezing, holds, inbox, outbox, requests, tokens
from records.connection import Connection
from records.keyring import Keyring
from records.vault import Vault

Consequence = Callable[[Connection, str, e.Recorded, Any], Awaitable[None]]


class Consequences:
    """Each kind of event with what it changes; most change nothing."""

    def __init__(self, vault: Vault, people: Keyring, orders: LetterOrders) -> None:
        """``people`` holds the keys of the hashes by which requesters are recognised."""
        self._vault = vault
        self._people = people
        self._of: Mapping[type[e.Event], Consequence] = {
            **_IN_TABLES,
            e.ContactCorrected: self._correct_contact,
            e.NoticeRequested: orders.place,
            e.LetterResent: orders.place_again,
            e.LetterSwitched: orders.place_again,
        }

    async def apply(self, conn: Connection, stream: str, recorded: e.Recorded) -> None:
        """Change what an event of a stream causes; what came through the inbox is taken."""
        event: Any = recorded.event
        if consequence := self._of.get(type(event)):
            await consequence(conn, stream, recorded, event)
        elif "inbox" in type(event).model_fields:
            await inbox.mark_delivered(conn, event.inbox)

    async def _correct_contact(
        self, conn: Connection, stream: str, recorded: e.Recorded, event: e.ContactCorrected
    ) -> None:
        await contact.correct(conn, self._vault, self._people, request_of(stream), event.row)
        await tokens.revoke(conn, request_of(stream), recorded.at)
        await outbox.withdraw_before(conn, stream, recorded.n, ["consumer"], printed=False)


async def _mark_posted(
    conn: Connection, stream: str, recorded: e.Recorded, event: e.NoticeSent
) -> None:
    await outbox.mark_posted(conn, stream, event.letter, posted_at=event.accepted_at)


async def _requeue(
    conn: Connection, stream: str, recorded: e.Recorded, event: e.LetterRetried
) -> None:
    await outbox.requeue(conn, stream, event.letter)


async def _hold(conn: Connection, stream: str, recorded: e.Recorded, event: e.HoldPlaced) -> None:
    request_id = request_of(stream)
    await holds.add_once(
        conn,
        holds.Hold(
            hold_id=holds.of_request(event.hold, request_id),
            matter=event.matter,
            request_id=request_id,
            placed_by=event.actor.id,
            placed_at=recorded.at,
        ),
    )


async def _end_hold(
    conn: Connection, stream: str, recorded: e.Recorded, event: e.HoldReleased
) -> None:
    hold_id = holds.of_request(event.hold, request_of(stream))
    await holds.release(conn, hold_id, released_by=event.actor.id, now=recorded.at)


async def _freeze(
    conn: Connection, stream: str, recorded: e.Recorded, event: e.RequestFrozen
) -> None:
    request_id = request_of(stream)
    await freezing.freeze(conn, request_id, staff_id=event.actor.id, now=recorded.at)


async def _unfreeze(
    conn: Connection, stream: str, recorded: e.Recorded, event: e.RequestUnfrozen
) -> None:
    await freezing.unfreeze(
        conn,
        request_of(stream),
        staff_id=event.actor.id,
        now=recorded.at,
        drop=event.letters == "drop",
    )
    if event.letters == "drop":
        await outbox.withdraw_before(
            conn, stream, recorded.n, ["consumer", "provider"], printed=True
        )


async def _withdraw(
    conn: Connection, stream: str, recorded: e.Recorded, event: e.ExtensionLapsed
) -> None:
    await outbox.withdraw(conn, stream, event.letter)


async def _leave(
    conn: Connection, stream: str, recorded: e.Recorded, event: e.LetterBounced
) -> None:
    """Try no more to hand over what came back, where the mail server's word was lost."""
    await inbox.mark_delivered(conn, event.inbox)
    await outbox.withdraw(conn, stream, event.letter)


async def _withdraw_direction(
    conn: Connection, stream: str, recorded: e.Recorded, event: e.DirectionEnded
) -> None:
    """Send a provider no letter more: who answered has what was sent, the others are left."""
    await outbox.withdraw_before(conn, stream, recorded.n, ["provider"], printed=True)


async def _park(
    conn: Connection, stream: str, recorded: e.Recorded, event: e.MessageParked
) -> None:
    await inbox.park(conn, event.inbox, event.reason, recorded.at)


async def _reclassify(
    conn: Connection, stream: str, recorded: e.Recorded, event: e.RequestReclassified
) -> None:
    await requests.reclassify(
        conn, request_of(stream), event.request_type, event.residency, event.requester
    )


async def _keep_on(
    conn: Connection, stream: str, recorded: e.Recorded, event: e.RequestReopened
) -> None:
    """Its record is kept until a date that the next close sets."""
    await requests.project(conn, request_of(stream), requests.Projection(retain_until=None))


async def _end_package_links(
    conn: Connection, stream: str, recorded: e.Recorded, event: e.Event
) -> None:
    await tokens.revoke(conn, request_of(stream), recorded.at, purpose=LinkPurpose.PACKAGE)


_IN_TABLES: Mapping[type[e.Event], Consequence] = {
    e.NoticeSent: _mark_posted,
    e.LetterRetried: _requeue,
    e.LetterBounced: _leave,
    e.HoldPlaced: _hold,
    e.HoldReleased: _end_hold,
    e.RequestFrozen: _freeze,
    e.RequestUnfrozen: _unfreeze,
    e.ExtensionLapsed: _withdraw,
    e.DirectionEnded: _withdraw_direction,
    e.MessageParked: _park,
    e.RequestReclassified: _reclassify,
    e.RequestReopened: _keep_on,
    e.DeliveryRevoked: _end_package_links,
    e.PackageReissued: _end_package_links,
}
