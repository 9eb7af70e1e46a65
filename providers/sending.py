"""What every HTTP protocol says alike: which failures pass, and whose direction an id names."""

from collections.abc import Awaitable
from datetime import timedelta

from domain.ids import direction_stream, is_request_id, request_of
from providers.outgoing import OutgoingError, OutgoingRefused, Reply
from providers.protocol import NotOurs, SendingFailed
from providers.registry import Provider

_PASSING_STATUS = frozenset({408, 409, 423, 425, 429})
_MOST_PATIENCE_SECONDS = 86_400


async def attempted(call: Awaitable[Reply]) -> Reply:
    """Await an outgoing call and tell its failure in the words of sending.

    Raises:
        SendingFailed: retryable unless the address itself was refused.
    """
    try:
        return await call
    except OutgoingError as error:
        final = isinstance(error, OutgoingRefused)
        raise SendingFailed(error.code, str(error), retryable=not final) from None


def accepted(reply: Reply) -> None:
    """Return if the provider's system took what was sent.

    Raises:
        SendingFailed: any but 2xx; 408, 409, 423, 425, 429 and 5xx may pass, the rest is final.
    """
    if reply.successful:
        return
    if 300 <= reply.status < 400:
        text = "The endpoint redirects, which is never followed; enter its final address."
        raise SendingFailed("redirected", text, retryable=False)
    passing = reply.status >= 500 or reply.status in _PASSING_STATUS
    raise SendingFailed(
        f"status_{reply.status}",
        f"The endpoint answered {reply.status}.",
        retryable=passing,
        retry_after=_retry_after(reply) if passing else None,
    )


def belongs_to(provider: Provider, direction_id: str) -> str:
    """Return the request id of a direction that is this provider's.

    Raises:
        NotOurs: another provider's, or no direction id at all.
    """
    request_id = request_of(direction_id)
    if not is_request_id(request_id) or direction_id != direction_stream(request_id, provider.id):
        raise NotOurs
    return request_id


def _retry_after(reply: Reply) -> timedelta | None:
    seconds = reply.headers.get("retry-after", "")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 8):
        return None
    return timedelta(seconds=min(int(seconds), _MOST_PATIENCE_SECONDS))
