"""Delivering changes of status to intake systems, signed, in order, through the guarded way out."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg
import structlog
from temporalio import activity

from domain.chain import canonical
from providers.outgoing import Outgoing, OutgoingError
from providers.standard_webhooks import key_of, signed_headers
from records import webhooks
from records.keyring import Keyring
from records.webhooks import StatusMessage, Webhook
from workflows.status_webhooks import DELIVER_STATUS, DeliverStatus, StatusDelivered

STATUS_CHANGED = "request.status_changed"
TEST = "webhook.test"
GONE = "status_410"
"""By Standard Webhooks: send nothing more here."""

SECONDS = 10.0
"""How long a receiver may take; it should store the message, answer, and act afterwards."""

MOST_BYTES = 64 * 1024

log = structlog.get_logger("activities.webhooks")


class StatusWebhooks:
    """Tells intake systems what waits for them. The clock is the wall's: receivers compare it."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        outgoing: Outgoing,
        hashing: Keyring,
        tell_gone: Callable[[Webhook], Awaitable[None]],
    ) -> None:
        """``hashing`` is the key that the secrets of webhooks are derived from.

        ``tell_gone`` tells staff of an address that wants to hear nothing any more.
        """
        self._pool = pool
        self._outgoing = outgoing
        self._hashing = hashing
        self._tell_gone = tell_gone

    @activity.defn(name=DELIVER_STATUS.name)
    async def deliver_status(self, asked: DeliverStatus) -> StatusDelivered:
        """Serve every webhook that something waits for, each beside the others."""
        async with self._pool.acquire() as conn:
            waiting = await webhooks.due(conn, _now())
            await webhooks.forget_delivered(conn, _now())
        served = await asyncio.gather(*(self._serve(each) for each in waiting))
        return StatusDelivered(**sum(served, Counter()))

    async def _serve(self, webhook: Webhook) -> Counter[str]:
        """Deliver until nothing is due or an attempt fails; the next round tries further."""
        done: Counter[str] = Counter()
        async with self._pool.acquire() as conn, webhooks.claim(conn, webhook.webhook_id) as ours:
            while ours and not done.keys() - {"delivered"}:
                message = await webhooks.next_message(conn, webhook.webhook_id, _now())
                if message is None:
                    break
                done[await self._deliver(conn, webhook, message)] += 1
        return done

    async def _deliver(
        self, conn: asyncpg.Connection, webhook: Webhook, message: StatusMessage
    ) -> str:
        fault = await self._post(webhook, message)
        if not fault:
            await webhooks.mark_delivered(conn, message.n, _now())
            return "delivered"
        if fault == GONE:
            await self._switch_off(conn, webhook)
        given_up = await webhooks.mark_failed(conn, message, fault, _now())
        log.warning("webhook_failed", webhook=webhook.webhook_id, fault=fault, given_up=given_up)
        return "given_up" if given_up else "put_off"

    async def _switch_off(self, conn: asyncpg.Connection, webhook: Webhook) -> None:
        """Tell an address nothing any more that says it is gone; staff hear of it first."""
        try:
            await self._tell_gone(webhook)
        except Exception as fault:
            log.warning("left_to_the_next_answer", webhook=webhook.webhook_id, exc_info=fault)
        else:
            await webhooks.remove(conn, webhook.webhook_id, _now())

    async def _post(self, webhook: Webhook, message: StatusMessage) -> str:
        identity = f"msg_{webhook.webhook_id}_{message.n}"
        data = {**message.facts, "sequence": message.n}
        body = body_of(STATUS_CHANGED, message.noted_at, data)
        keys = [key_of(secret) for secret in webhook.secrets(self._hashing, _now())]
        return await post(self._outgoing, webhook.url, keys, identity, body)


def body_of(kind: str, at: datetime, data: dict[str, Any]) -> bytes:
    """Return the JSON that a receiver gets."""
    timestamp = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return canonical({"type": kind, "timestamp": timestamp, "data": data})


async def post(outgoing: Outgoing, url: str, keys: list[bytes], identity: str, body: bytes) -> str:
    """Send one message, signed by every key; return why it was not taken, or nothing."""
    headers = signed_headers(keys, identity, _now(), body)
    headers["content-type"] = "application/json"
    try:
        reply = await outgoing.request(
            "POST",
            url,
            headers=headers,
            content=body,
            max_bytes=MOST_BYTES,
            total_seconds=SECONDS,
        )
    except OutgoingError as error:
        return error.code
    return "" if reply.successful else f"status_{reply.status}"


def _now() -> datetime:
    return datetime.now(UTC)
