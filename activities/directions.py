"""The steps about service providers: start their workflows, send, and read where they stand."""

from datetime import UTC, datetime
from typing import Protocol

import asyncpg
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.direction_streams import read_direction, read_request
from activities.dossier import Dossier, known_points
from domain import policies
from domain.decisions import fulfilment
from domain.decisions.direction import Order
from domain.ids import direction_stream
from domain.policy import Policy
from domain.state import RequestState
from domain.vocabulary import NoticeKind, RequestType
from providers import protocol
from providers.desk import ProviderDesk
from providers.registry import Provider, directive_for, minimal_locators
from records import requests
from records.connection import Connection
from workflows import exchange as x
from workflows import steps


class Starter(Protocol):
    """Starts provider workflows."""

    async def start_direction(self, stream: str, start: x.DirectionStart) -> None:
        """Start the workflow of a stream; one that was started counts as started."""
        ...

    async def resume_direction(self, stream: str, start: x.DirectionStart) -> None:
        """Start the lost workflow of a stream again; one that runs counts as resumed."""
        ...


class Directions:
    """Directs providers for one request at a time."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        dossier: Dossier,
        desk: ProviderDesk,
        starter: Starter,
        public_url: str,
    ) -> None:
        self._pool = pool
        self._dossier = dossier
        self._desk = desk
        self._starter = starter
        self._public_url = public_url

    @activity.defn(name=steps.START_DIRECTIONS.name)
    async def start_directions(self, asked: x.StartDirections) -> x.Directions:
        """Start one workflow per provider that must act; a repetition starts nothing twice."""
        policy = policies.get(asked.policy)
        async with self._pool.acquire() as conn:
            row = await requests.find(conn, asked.request_id)
            assert row is not None, "an open request is registered"
        kept = [each.collection for each in asked.exceptions]
        holders = self._desk.registry.holding([*asked.collections, *kept])
        directed = [provider for provider in holders if directive_for(provider)]
        for provider in directed:
            order = _order(asked, row.request_types[0], provider, policy)
            await self._starter.start_direction(
                direction_stream(asked.request_id, provider.id),
                x.DirectionStart(order=order, policy=asked.policy, now=asked.now),
            )
            activity.heartbeat(provider.id)
        return x.Directions(providers={each.id: each.name for each in directed})

    async def still_open(self, request_id: str) -> list[str]:
        """Name the providers whose last word the request does not know yet."""
        async with self._pool.acquire() as conn:
            state = await read_request(conn, request_id)
        return [key for key, view in (state.providers or {}).items() if not view.final]

    async def resume(self, request_id: str, provider_id: str) -> None:
        """Start the workflow of a lost direction from its stream, unless that has ended."""
        async with self._pool.acquire() as conn:
            request = await read_request(conn, request_id)
            direction, head = await read_direction(conn, request_id, provider_id)
        if direction.ended:
            return
        asked = _asked(request)
        order = _order(
            asked, request.request_type, self._provider(provider_id), policies.get(asked.policy)
        )
        start = x.DirectionStart(
            order=order,
            policy=asked.policy,
            now=direction.at or asked.now,
            state=direction if direction.n else None,
            head=head,
        )
        await self._starter.resume_direction(direction.stream, start)

    @activity.defn(name=steps.READ_DIRECTIONS.name)
    async def read_directions(self, asked: x.ReadDirections) -> x.ProviderReports:
        """Return where some providers stand, folded from their streams."""
        async with self._pool.acquire() as conn:
            reports = [
                await _report(conn, asked.request_id, provider) for provider in asked.providers
            ]
        return x.ProviderReports(reports=tuple(each for each in reports if each is not None))

    @activity.defn(name=steps.SEND_DIRECTION.name)
    async def send_direction(self, asked: x.SendDirection) -> x.DirectionSendResult:
        """Hand a direction to its provider's system, or say that it goes as a letter.

        Raises:
            ApplicationError: of the failure's code; final ones are not retried.
        """
        async with self._pool.acquire() as conn:
            direction = await self._direction(conn, asked)
        try:
            sent = await self._desk.send(asked.order.provider, direction, datetime.now(UTC))
        except protocol.SendingFailed as failed:
            raise ApplicationError(
                str(failed),
                type=failed.code,
                non_retryable=not failed.retryable,
                next_retry_delay=failed.retry_after,
            ) from None
        if isinstance(sent, protocol.LetterWanted):
            return x.DirectionSendResult(letter_wanted=True)
        return x.DirectionSendResult(reference=sent.reference, proof_hash=sent.body_hash)

    async def _direction(self, conn: Connection, asked: x.SendDirection) -> protocol.Direction:
        order = asked.order
        provider = self._provider(order.provider)
        submission = await self._dossier.submission(conn, order.request_id)
        row = await requests.find(conn, order.request_id)
        assert row is not None
        policy_contact = policies.get(asked.policy).business.contact_email
        return protocol.Direction(
            direction_id=asked.stream,
            request_id=order.request_id,
            action=order.action,
            notice=order.notice,
            locators=minimal_locators(provider, known_points(submission)),
            scope=order.scope,
            exceptions=tuple(sorted({kept.ground for kept in order.exceptions})),
            confirm_by=asked.confirm_by,
            contact=policy_contact,
            callback_url=f"{self._public_url}/v1/providers/{provider.id}/callbacks",
            submitted_at=row.received_at,
            reminder=1 if asked.attempt == "reminder" else 0,
        )

    def _provider(self, provider_id: str) -> Provider:
        provider = self._desk.registry.get(provider_id)
        if provider is None:
            raise ApplicationError(
                f"{provider_id} is not in the registry; add it to providers.yaml.",
                type="unknown_provider",
            )
        return provider


async def _report(conn: Connection, request_id: str, provider: str) -> x.ProviderReport | None:
    state, head = await read_direction(conn, request_id, provider)
    if state.standing_at is None:
        return None
    return x.ProviderReport(
        provider=provider,
        standing=state.standing,
        at=state.standing_at,
        final=state.ended,
        head=head,
    )


def _asked(request: RequestState) -> x.StartDirections:
    """Return what a request asked for when it directed its providers."""
    assert request.at is not None, "a request that has directed has events"
    return x.StartDirections(
        request_id=request.request_id,
        now=request.at,
        policy=request.pinned,
        **fulfilment.order_of(request).model_dump(),
    )


def _order(
    asked: x.StartDirections, request_type: RequestType, provider: Provider, policy: Policy
) -> Order:
    """Return one provider's order, with the timings that its contract sets (SVC-02, SVC-08)."""
    return Order(
        request_id=asked.request_id,
        request_type=request_type,
        receipt_date=asked.receipt_date,
        provider=provider.id,
        name=provider.name,
        protocol=provider.protocol,
        notice=directive_for(provider) or NoticeKind.PROVIDER_DIRECTION,
        action=asked.action,
        scope=tuple(name for name in provider.holds if name in asked.collections),
        exceptions=tuple(kept for kept in asked.exceptions if kept.collection in provider.holds),
        terms=provider.timings.over(policy.providers),
    )
