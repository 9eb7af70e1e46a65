"""Opt-out preference signals: a request at once, once per browser and person (OPT-05, OPT-10)."""

from typing import NamedTuple

from starlette.requests import Request

from domain.submission import Submission
from domain.vocabulary import Channel, Decision, RequestType
from gateway import receiving
from gateway.fields import validate
from gateway.links import connection_of
from gateway.parts import GatewayParts
from records.connection import Connection
from records.earlier import EarlierRequest, earlier_requests
from records.filing import requester_identities
from records.identities import digest
from records.requests import Registered, RegisteredRequest, find

HEADER = "sec-gpc"
_OPT_OUTS = frozenset({RequestType.GPC_SIGNAL, RequestType.OPT_OUT_SALE_SHARING})
_OPT_INS = frozenset({RequestType.OPT_IN_AFTER_OPT_OUT, RequestType.OPT_IN_MINOR})
_WITHOUT_EFFECT = frozenset({Decision.DENY, Decision.WITHDRAWN})


class Recorded(NamedTuple):
    """The request by which an opt-out stands, and whether this signal opened it."""

    request: RegisteredRequest
    fresh: bool


def is_sent(request: Request) -> bool:
    """Tell whether the call carries the signal. ``DNT`` alone is none (OPT-05)."""
    return request.headers.get(HEADER, "").strip() == "1"


def submission_of(**fields: object) -> Submission:
    """Return the request that a signal is, for a ``device``, a ``consumer``, or both.

    Raises:
        Problem: 422, where such a consumer cannot file a request.
    """
    signal = {"request_types": [RequestType.GPC_SIGNAL], "channel": Channel.GPC}
    return validate(Submission, signal | fields)


async def standing(parts: GatewayParts, signal: Submission) -> RegisteredRequest | None:
    """Return the request by which the person, or the browser, is opted out already.

    It stands until the person opts in again; a signal after that is a new opt-out, for a signal
    goes before a setting.
    """
    async with connection_of(parts) as connection:
        known, _ = await _earlier(connection, parts, signal)
        return await find(connection, known.request_id) if known else None


async def file_opt_out(parts: GatewayParts, client: str, signal: Submission) -> Recorded:
    """File the opt-out that a signal is; of several at once one files it."""
    async with connection_of(parts) as connection:
        _, opt_in = await _earlier(connection, parts, signal)
    key = _key(parts, signal, opt_in)
    filing = await receiving.file(parts, client, key, signal, parts.now())
    async with connection_of(parts) as connection:
        row = await find(connection, filing.request_id)
    assert row is not None, "it was just filed"
    return Recorded(row, fresh=isinstance(filing, Registered))


async def _earlier(
    connection: Connection, parts: GatewayParts, signal: Submission
) -> tuple[EarlierRequest | None, EarlierRequest | None]:
    """Return the opt-out that stands, if one does, and the last opt-in."""
    identity = requester_identities(signal)[0]
    choices = [
        each for each in await earlier_requests(connection, parts.people, identity) if _counts(each)
    ]
    opt_ins = [each for each in choices if each.request_type in _OPT_INS]
    last = choices[-1] if choices else None
    stands = last is not None and last.request_type in _OPT_OUTS
    return (last if stands else None), (opt_ins[-1] if opt_ins else None)


def _counts(earlier: EarlierRequest) -> bool:
    """An opt-out counts from its receipt unless it came to nothing, an opt-in once granted."""
    if earlier.request_type in _OPT_INS:
        return earlier.outcome == Decision.GRANT
    return earlier.request_type in _OPT_OUTS and earlier.outcome not in _WITHOUT_EFFECT


def _key(parts: GatewayParts, signal: Submission, opt_in: EarlierRequest | None) -> str:
    """Name the opt-out; its blank keeps it apart from keys that clients send."""
    identity = requester_identities(signal)[0]
    whose = digest(parts.people, "signal", identity)
    return f"signal {whose}" + (f" after {opt_in.request_id}" if opt_in else "")
