"""The gateway's API for a Python program: file, ask how it stands, trust what a webhook brings.

Needs ``httpx``, ``pydantic`` and ``standardwebhooks``. One instance serves one intake system; close
it, or use it in a ``with``. Every error says what to do next and quotes nothing personal.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import TracebackType
from typing import Any, Literal, Self

import httpx
from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError
from standardwebhooks import Webhook, WebhookVerificationError

TIMEOUT_SECONDS = 30.0
_RETRY_AFTER_SECONDS = 30


class _Answer(BaseModel):
    """What the gateway says. Fields of a later release are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class PromisedDates(_Answer):
    """By when the law has the company act. Days are the company's."""

    receipt_date: date
    confirm_receipt_by: date | None
    answer_by: date
    answer_deadline: datetime
    latest_answer_by: date | None


class FiledRequest(_Answer):
    """One request of a submission: one person, one right."""

    request_id: str
    request_type: str
    member: int
    status_url: str
    dates: PromisedDates


class Filed(_Answer):
    """What was filed, now or by an earlier call with the same key."""

    request_id: str
    status_url: str
    dates: PromisedDates
    requests: tuple[FiledRequest, ...]


class RequestStatus(_Answer):
    """Where a request stands."""

    request_id: str
    request_types: tuple[str, ...]
    linked: tuple[str, ...] = ()
    stage: str
    received_at: datetime
    dates: PromisedDates
    answer_deadline: datetime
    answered_at: datetime | None
    outcome: str | None
    closed_at: datetime | None
    _etag: str = PrivateAttr("")


class StatusChange(_Answer):
    """What a webhook tells: where a request stands since then.

    A higher ``sequence`` is the later news of a request. ``message_id`` is the same for every
    attempt to deliver it: skip one that you know.
    """

    message_id: str
    sequence: int
    request_id: str
    request_types: tuple[str, ...]
    stage: str
    answer_deadline: datetime | None
    answered_at: datetime | None
    outcome: str | None
    closed_at: datetime | None


class FieldProblem(_Answer):
    """What is wrong with one field: where (a JSON Pointer), and what to change."""

    pointer: str
    code: str
    detail: str


class ApiError(Exception):
    """The gateway refused a call; the text says what to do next."""

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after: int = 0) -> None:
        self.status = status
        self.kind = str(problem.get("type", "")).rpartition("#problem-")[2]
        self.retry_after = retry_after
        self.errors = tuple(FieldProblem.model_validate(each) for each in problem.get("errors", ()))
        detail = problem.get("detail") or f"The gateway answered {status}."
        super().__init__(
            " ".join([str(detail), *(f"{e.pointer}: {e.detail}" for e in self.errors)])
        )


class InvalidSubmission(ApiError):
    """Fields need a change; ``errors`` names each. Correct them and use the same key."""


class KeyReused(ApiError):
    """The idempotency key filed another body before: a new submission needs a new key."""


class NotAuthenticated(ApiError):
    """The API key is missing, wrong or revoked."""


class UnknownRequest(ApiError):
    """There is no such request among those that you filed."""


class TooManyCalls(ApiError):
    """Wait ``retry_after`` seconds, then send the same again."""


class Unavailable(ApiError):
    """No answer, or one that says nothing: wait ``retry_after`` seconds and send the same again."""


class NotGenuine(Exception):
    """A webhook's body is not proved to be from this installation, or is too old; drop it."""


_ERRORS: Mapping[int, type[ApiError]] = {
    401: NotAuthenticated,
    404: UnknownRequest,
    409: KeyReused,
    422: InvalidSubmission,
    429: TooManyCalls,
}


class PrivacyRequests:
    """Speaks to one gateway as one intake system."""

    def __init__(
        self, gateway: str, api_key: str, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        """``gateway`` is its address; ``transport`` replaces the network in your tests."""
        self._http = httpx.Client(
            base_url=gateway,
            headers={"X-API-Key": api_key},
            timeout=TIMEOUT_SECONDS,
            transport=transport,
        )

    def __enter__(self) -> Self:
        """Use it in a ``with``."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def file(self, submission: Mapping[str, Any], *, idempotency_key: str) -> Filed:
        """File a submission; with the same key and body again it is still filed once.

        Raises:
            InvalidSubmission, KeyReused, NotAuthenticated: change something first.
            TooManyCalls, Unavailable: send the same again after ``retry_after`` seconds.
        """
        headers = {"Idempotency-Key": idempotency_key}
        answer = self._call("POST", "/v1/requests", json=dict(submission), headers=headers)
        return Filed.model_validate_json(answer.content)

    def status(self, request_id: str) -> RequestStatus:
        """Return where a request stands.

        Raises:
            UnknownRequest, NotAuthenticated, TooManyCalls, Unavailable.
        """
        return _status(self._call("GET", f"/v1/requests/{request_id}"))

    def changed(self, known: RequestStatus) -> RequestStatus | None:
        """Return where a request stands by now, or nothing if it has not moved since ``known``.

        Raises:
            UnknownRequest, NotAuthenticated, TooManyCalls, Unavailable.
        """
        headers = {"If-None-Match": known._etag}
        answer = self._call("GET", f"/v1/requests/{known.request_id}", headers=headers)
        return None if answer.status_code == httpx.codes.NOT_MODIFIED else _status(answer)

    def _call(self, method: Literal["GET", "POST"], path: str, **sent: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **sent)
        except httpx.HTTPError:
            problem = {"detail": "The gateway did not answer; send the same again later."}
            raise Unavailable(0, problem, _RETRY_AFTER_SECONDS) from None
        if answer.is_success or answer.status_code == httpx.codes.NOT_MODIFIED:
            return answer
        raise _error(answer)


def verified_change(
    body: bytes, headers: Mapping[str, str], secrets: Sequence[str]
) -> StatusChange | None:
    """Return what a webhook brought; nothing for a message of another kind, such as a test.

    ``body`` is the raw body. ``secrets`` are yours by ``privacy webhook add`` and ``rotate``; two
    while one retires.

    Raises:
        NotGenuine: no secret verifies it, or its time is more than five minutes off.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    for secret in secrets:
        try:
            message = Webhook(secret).verify(body, lower)
        except WebhookVerificationError:
            continue
        return _change(lower["webhook-id"], message)
    raise NotGenuine("No secret verifies this message; answer 401 and drop it.")


def _change(message_id: str, message: Any) -> StatusChange | None:
    if message.get("type") != "request.status_changed":
        return None
    return StatusChange.model_validate({**message["data"], "message_id": message_id})


def _status(answer: httpx.Response) -> RequestStatus:
    status = RequestStatus.model_validate_json(answer.content)
    status._etag = answer.headers.get("etag", "")
    return status


def _error(answer: httpx.Response) -> ApiError:
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    fallback = Unavailable if answer.is_server_error else ApiError
    kind = _ERRORS.get(answer.status_code, fallback)
    waits = answer.headers.get("retry-after", "")
    default = _RETRY_AFTER_SECONDS if kind in (TooManyCalls, Unavailable) else 0
    document = problem if isinstance(problem, dict) else {}
    try:
        return kind(answer.status_code, document, int(waits) if waits.isdecimal() else default)
    except ValidationError:
        return kind(answer.status_code, {}, default)
