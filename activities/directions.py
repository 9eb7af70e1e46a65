"""The steps about service providers: start their workflows, and read where they stand."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Protocol

import asyncpg
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.directed import Kinds, directed, notice_of
from activities.direction_streams import (
    ends,
    is_directed,
    news,
    read_direction,
    read_request,
    rebuilt,
    stream_heads,
)
from activities.dossier import Dossier
from domain import policies
from domain.decisions import fulfilment
from domain.decisions.direction import FEW, Order, nudges
from domain.direction import DirectionState
from domain.ids import direction_stream, request_of
from domain.policy import Policy
from domain.policy_terms.duties import ProviderTerms
from domain.state import RequestState
from domain.vocabulary import NoticeKind, RequestType
from providers.registry import Provider, Registry
from records import requests
from workflows import directing, steps
from workflows import exchange as x

AT_ONCE = 20
"""Workflows that one step starts at the same time."""


class Starter(Protocol):
    """Starts provider workflows."""

    async def start_direction(self, stream: str, start: directing.DirectionStart) -> None:
        """Start the workflow of a stream; one that was started counts as started."""
        ...

    async def resume_direction(self, stream: str, start: directing.DirectionStart) -> None:
        """Start the lost workflow of a stream again; one that runs counts as resumed."""
        ...

    async def tell_request(
        self, request_id: str, provider: str, news: Sequence[x.ProviderReport] = ()
    ) -> None:
        """Signal a request that a provider's stream moved; one that does not run needs none.

        With all the ``news`` it need not read the ledger.
        """
        ...


class Directions:
    """Directs the providers of one request at a time."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        dossier: Dossier,
        registry: Registry,
        starter: Starter,
        kinds: Kinds,
    ) -> None:
        """``kinds`` are the collections that choices are about (REQ-10, OPT-08)."""
        self._pool = pool
        self._dossier = dossier
        self._registry = registry
        self._starter = starter
        self._kinds = kinds

    async def start_directions(self, asked: x.StartDirections) -> x.Directions:
        """Start one workflow per provider that must act; a repetition starts nothing twice.

        What was begun before Temporal lost it goes on from the ledger.
        """
        policy = policies.get(asked.policy)
        async with self._pool.acquire() as conn:
            row = await requests.find(conn, asked.request_id)
            assert row is not None, "an open request is registered"
            somebody = await self._dossier.identifiers(conn, asked.request_id)
            begun = await stream_heads(conn, asked.request_id)
        # A browser's signal may come without a person: there is nobody to speak of to others.
        told = directed(self._registry, asked, self._kinds) if somebody else []
        orders = [_order(asked, row.request_types[0], each, policy) for each in told]
        for few in _in_chunks(orders, self._started()):
            new = [each for each in few if _stream(each) not in begun]
            known = [each for each in few if _stream(each) in begun]
            await asyncio.gather(
                *(self._start(each, asked, len(told) > FEW) for each in new),
                *(self.resume(each.request_id, each.provider) for each in known),
            )
            activity.heartbeat(few[-1].provider)
        return x.Directions(providers={each.id: each.name for each in told})

    @activity.defn(name=steps.READ_DIRECTIONS.name)
    async def read_directions(self, asked: x.ReadDirections) -> x.ProviderReports:
        """Return where providers stand that have moved, folded from their streams."""
        async with self._pool.acquire() as conn:
            reports = await news(conn, asked.request_id, asked.providers)
        return x.ProviderReports(reports=tuple(reports))

    @activity.defn(name=directing.TELL_REQUEST.name)
    async def tell_request(self, asked: x.TellRequest) -> None:
        """Nudge the request.

        Raises:
            ApplicationError: the request has yet to note whom it directed; tried again.
        """
        if not await self.has_told(asked):
            raise _too_early(request_of(asked.stream))

    async def has_told(self, asked: x.TellRequest) -> bool:
        """Nudge the request, unless so many providers answer that it looks often enough.

        Tell whether it could be: it may have yet to note whom it directed.
        """
        request_id, _, provider = asked.stream.partition(".")
        async with self._pool.acquire() as conn:
            expects = await is_directed(conn, request_id, provider)
            ended, total = await ends(conn, request_id)
            tells = expects and nudges(ended=ended, total=total, final=asked.final)
            moved = await news(conn, request_id, (provider,)) if tells and total <= FEW else ()
        if tells:
            await self._starter.tell_request(request_id, provider, moved)
        return expects

    async def still_open(self, request_id: str) -> list[str]:
        """Name the providers whose last word the request does not know yet."""
        async with self._pool.acquire() as conn:
            state = await read_request(conn, request_id)
        return [key for key, view in (state.providers or {}).items() if not view.final]

    async def resume(self, request_id: str, provider_id: str) -> bool:
        """Start the workflow of a lost direction from its stream; tell whether it was lost.

        One that has ended was not: its request has not looked yet.
        """
        async with self._pool.acquire() as conn:
            request = await read_request(conn, request_id)
            direction, head = await read_direction(conn, request_id, provider_id)
        if direction.ended:
            return False
        asked = _asked(request)
        start = directing.DirectionStart(
            order=self._order_again(request, direction, provider_id, asked),
            policy=asked.policy,
            now=direction.at or asked.now,
            state=direction if direction.n else None,
            head=head,
        )
        await self._starter.resume_direction(direction.stream, start)
        return True

    async def have_looked(self, request_id: str, provider_id: str) -> None:
        """Have a request look at its providers' streams, of which ``provider_id`` has ended."""
        await self._starter.tell_request(request_id, provider_id)

    def _order_again(
        self,
        request: RequestState,
        direction: DirectionState,
        provider_id: str,
        asked: x.StartDirections,
    ) -> Order:
        """Return what was ordered by the ledger; by the registry if nothing was recorded yet."""
        policy = policies.get(asked.policy)
        if direction.issued is not None:
            return rebuilt(request, direction.issued, policy)
        provider = self._registry.get(provider_id)
        if provider is None:
            raise LookupError(f"{provider_id} is not in the registry; put it back there.")
        return _order(asked, request.request_type, provider, policy)

    async def _start(self, order: Order, asked: x.StartDirections, one_of_many: bool) -> None:
        start = directing.DirectionStart(
            order=order, policy=asked.policy, now=asked.now, one_of_many=one_of_many
        )
        await self._starter.start_direction(_stream(order), start)

    @staticmethod
    def _started() -> str:
        """Name the last provider that an earlier attempt has started."""
        details = activity.info().heartbeat_details
        return str(details[0]) if details else ""


def _too_early(request_id: str) -> ApplicationError:
    return ApplicationError(
        f"{request_id} has not noted yet whom it directed.",
        type="too_early",
        next_retry_delay=timedelta(seconds=2),
        category=ApplicationErrorCategory.BENIGN,
    )


def _stream(order: Order) -> str:
    return direction_stream(order.request_id, order.provider)


def _in_chunks(orders: list[Order], started: str) -> Iterator[list[Order]]:
    names = [order.provider for order in orders]
    first = names.index(started) + 1 if started in names else 0
    for place in range(first, len(orders), AT_ONCE):
        yield orders[place : place + AT_ONCE]


def _asked(request: RequestState) -> x.StartDirections:
    """Return what a request asked for when it directed its providers."""
    assert request.at is not None, "a request that has directed has events"
    return x.StartDirections(
        request_id=request.request_id,
        now=request.at,
        policy=request.pinned,
        wait_until=request.wait_for_providers_until or request.at,
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
        notice=notice_of(provider, asked.action) or NoticeKind.PROVIDER_DIRECTION,
        action=asked.action,
        scope=tuple(name for name in provider.holds if name in asked.collections),
        exceptions=tuple(kept for kept in asked.exceptions if kept.collection in provider.holds),
        terms=_terms(provider, policy),
    )


def _terms(provider: Provider, policy: Policy) -> ProviderTerms:
    return provider.timings.over(policy.providers)
