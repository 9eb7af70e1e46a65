"""The steps towards a provider's system: hand a direction over, fetch a returned copy."""

import asyncio
import hashlib
import re
from datetime import UTC, datetime, timedelta
from random import uniform

import asyncpg
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.inbox import item_of
from activities.provider_facts import ProviderFacts
from activities.returned import place_of
from domain import policies
from domain.decisions.direction import ACKNOWLEDGED
from domain.notice_words import DirectedAction
from domain.policy_terms.duties import ProviderTerms
from providers import kept, protocol
from providers.acknowledging import facts_of
from providers.desk import ProviderDesk
from providers.registry import Provider
from records import inbox, requests
from records.connection import Connection
from records.vault import Vault
from workflows import directing
from workflows import exchange as x

SENDING_AT_ONCE = 15
"""Of one process. What comes on top lets go of its place at once, so that slow providers never
hold up the record of anything else."""

_PLAIN_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}")
_SWITCH_LOOKS = (timedelta(minutes=1), timedelta(minutes=30))
"""How soon a kill switch is looked at again, at first and at the latest."""


class HandingOver:
    """Speaks with providers for one direction at a time."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        vault: Vault,
        facts: ProviderFacts,
        desk: ProviderDesk,
        public_url: str,
    ) -> None:
        self._pool = pool
        self._vault = vault
        self._facts = facts
        self._desk = desk
        self._public_url = public_url
        self._busy = asyncio.Semaphore(SENDING_AT_ONCE)

    async def send_direction(self, asked: directing.SendDirection) -> directing.DirectionSendResult:
        """Hand a direction to its provider's system, or say in what other way it goes.

        Raises:
            ApplicationError: of the failure's code; final ones are not retried.
        """
        if self._busy.locked():
            raise _later("busy", "Many directions are being sent just now.", _a_moment())
        async with self._busy:
            return await self._send(asked)

    @activity.defn(name=directing.FETCH_COPY.name)
    async def fetch_copy(self, asked: directing.FetchCopy) -> directing.FetchedCopy:
        """Fetch the copy that an acknowledgement points to, into the vault.

        Raises:
            ApplicationError: of the failure's code; final ones are not retried.
        """
        order = asked.order
        async with self._pool.acquire() as conn:
            document = await self._vault.get(conn, order.request_id, inbox.EVIDENCE, asked.message)
        try:
            copy = await self._desk.fetch_copy(order.provider, kept.opened(document).raw_body)
        except protocol.SendingFailed as failed:
            raise failure(failed, order.terms) from None
        async with self._pool.acquire() as conn:
            await self._vault.put(
                conn,
                order.request_id,
                place_of(order.provider),
                copy.body,
                asked.message,
                replace=True,
            )
        return directing.FetchedCopy(
            content_hash=hashlib.sha256(copy.body).hexdigest(),
            content_type=_plain_type(copy.content_type),
            size=len(copy.body),
        )

    async def _send(self, asked: directing.SendDirection) -> directing.DirectionSendResult:
        async with self._pool.acquire() as conn:
            direction = await self._direction(conn, asked)
        try:
            sent = await self._desk.send(asked.order.provider, direction, datetime.now(UTC))
        except protocol.SendingPaused as paused:
            if not asked.patient:
                return directing.DirectionSendResult(outcome="paused")
            raise _later(paused.code, str(paused), _growing(*_SWITCH_LOOKS)) from None
        except protocol.SendingFailed as failed:
            raise failure(failed, asked.order.terms) from None
        if isinstance(sent, protocol.LetterWanted):
            return directing.DirectionSendResult(outcome="letter")
        return directing.DirectionSendResult(
            reference=sent.reference,
            proof_hash=sent.body_hash,
            message=await self._proven(asked, sent),
        )

    async def _proven(
        self, asked: directing.SendDirection, sent: protocol.Sent
    ) -> x.InboxItem | None:
        """Keep what the answer itself proves, as if it had come by the door; return its row."""
        word = sent.proves(asked.stream)
        if word is None:
            return None
        async with self._pool.acquire() as conn:
            receipt = await inbox.receive(
                conn,
                self._vault,
                once_key=word.once_key,
                request_id=asked.order.request_id,
                stream=asked.stream,
                kind=ACKNOWLEDGED,
                facts=facts_of(word),
                evidence=kept.keep(sent.raw_receipt, word.evidence),
                now=datetime.now(UTC),
            )
            kept_as = await inbox.read(conn, receipt.row_id)
        assert kept_as is not None, "what was received has a row"
        return item_of(kept_as)

    async def _direction(
        self, conn: Connection, asked: directing.SendDirection
    ) -> protocol.Direction:
        order = asked.order
        provider = self._provider(order.provider)
        row = await requests.find(conn, order.request_id)
        assert row is not None, "a direction belongs to a registered request"
        corrects = order.action is DirectedAction.CORRECT
        return protocol.Direction(
            direction_id=asked.stream,
            request_id=order.request_id,
            action=order.action,
            notice=order.notice,
            locators=await self._facts.locators(conn, order.request_id, provider),
            corrections=await self._facts.corrections(conn, order.request_id) if corrects else {},
            scope=order.scope,
            exceptions=tuple(sorted({kept.ground for kept in order.exceptions})),
            confirm_by=asked.confirm_by,
            contact=policies.get(asked.policy).business.contact_email,
            callback_url=protocol.callback_url(self._public_url, provider.id),
            submitted_at=row.received_at,
            reminder=asked.repeat,
        )

    def _provider(self, provider_id: str) -> Provider:
        provider = self._desk.registry.get(provider_id)
        if provider is None:
            raise ApplicationError(
                f"{provider_id} is not in the registry; add it to providers.yaml.",
                type="unknown_provider",
                non_retryable=True,
            )
        return provider


def failure(failed: protocol.SendingFailed, terms: ProviderTerms) -> ApplicationError:
    """Say when to try again: at the policy's growing intervals, never before the provider asks."""
    return ApplicationError(
        str(failed),
        type=failed.code,
        non_retryable=not failed.retryable,
        next_retry_delay=max(failed.retry_after or timedelta(0), _interval(terms)),
    )


def _interval(terms: ProviderTerms) -> timedelta:
    return _growing(
        timedelta(minutes=terms.retry_first_minutes),
        timedelta(minutes=terms.retry_longest_minutes),
    )


def _growing(first: timedelta, longest: timedelta) -> timedelta:
    """Return the pause after this attempt: twice that before it, up to the longest."""
    doubled = min(activity.info().attempt - 1, 16)
    return min(first * float(2**doubled), longest)


def _later(code: str, text: str, delay: timedelta) -> ApplicationError:
    """Let go of the place and come again; nothing is wrong."""
    return ApplicationError(
        text, type=code, next_retry_delay=delay, category=ApplicationErrorCategory.BENIGN
    )


def _a_moment() -> timedelta:
    return timedelta(seconds=uniform(1, 10))


def _plain_type(stated: str) -> str:
    """Take the bare media type from what a provider states; anything else may say too much."""
    bare = stated.partition(";")[0].strip().lower()
    return bare if _PLAIN_TYPE.fullmatch(bare) else "application/octet-stream"
