"""A request as many tests begin: it was received, and this happened to it since."""

from datetime import datetime
from typing import Any

from domain import events as e
from domain import policies
from domain.decisions import receipt
from domain.policy import Policy
from domain.state import RequestState
from domain.vocabulary import Channel, Language, Requester, RequestType, Residency

REQUEST = "PR-4106-105S"

_USUAL: dict[str, Any] = {
    "requester": Requester.CONSUMER,
    "residency": Residency.CA,
    "channel": Channel.WEB_FORM,
    "language": Language.ENGLISH,
    "points_offered": (),
}


def received(
    policy: Policy, at: datetime, kind: RequestType = RequestType.DELETE, **facts: Any
) -> e.RequestReceived:
    """Return the first event of a Californian's request by web form; ``facts`` say otherwise."""
    pin = policies.pin_of(policy)
    given = {"request_type": kind, "received_at": at, "pin": pin, "policy": policy}
    return receipt.receive(**{**_USUAL, **given, **facts})


def happened(at: datetime, state: RequestState, *events: e.Event) -> RequestState:
    """Return the state after events, all of one instant."""
    for event in events:
        state = state.apply(e.Recorded(n=state.n + 1, at=at, event=event))
    return state


def stand(
    policy: Policy,
    at: datetime,
    *events: e.Event,
    kind: RequestType = RequestType.DELETE,
    **facts: Any,
) -> RequestState:
    """Return the state of a request that was received and to which these events happened."""
    first = received(policy, at, kind, **facts)
    return happened(at, RequestState(request_id=REQUEST), first, *events)
