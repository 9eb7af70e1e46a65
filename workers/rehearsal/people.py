"""What consumers, intake systems and staff do, done through the doors that they would use."""

import asyncio
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from temporalio.client import Client, WorkflowHandle

from domain.direction import DirectionState
from domain.letterbook import Letter
from domain.state import RequestState
from domain.vocabulary import NoticeKind
from records.outbox import message_id
from workers.temporal.time import Skipper
from workflows import exchange as x
from workflows import names

PATIENCE_S = 60.0
POLL_S = 0.1

_LINK = re.compile(r"https?://[^\s\"<>]+/(?:r|p|d)/[A-Za-z0-9_-]+")


class NotSeen(Exception):
    """Something expected did not happen in time; says what was waited for and what was seen."""


@dataclass(frozen=True)
class Doors:
    """Where the doors of one stack are."""

    gateway: str
    inbox: str
    api_key: str
    mail_domain: str


class People:
    """Acts for everybody outside the engine."""

    def __init__(self, doors: Doors, client: Client) -> None:
        self._doors = doors
        self._client = client
        self._http = httpx.AsyncClient(trust_env=False, timeout=30)
        self.time = Skipper(client)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def file(self, submission: Mapping[str, Any], key: str | None = None) -> dict[str, Any]:
        """File a request as an intake system does, and return the gateway's answer."""
        answer = await self._http.post(
            f"{self._doors.gateway}/v1/requests",
            json=submission,
            headers={
                "X-API-Key": self._doors.api_key,
                "Idempotency-Key": key or str(uuid.uuid4()),
            },
        )
        if answer.status_code not in (200, 201):
            raise NotSeen(f"the gateway answered {answer.status_code}: {answer.text}")
        filed: dict[str, Any] = answer.json()
        return filed

    def handle(self, workflow_id: str) -> WorkflowHandle[Any, Any]:
        """Return a workflow's handle."""
        return self._client.get_workflow_handle(workflow_id)

    async def status(self, workflow_id: str) -> x.Status:
        """Ask a workflow where it stands."""
        status: x.Status = await self.handle(workflow_id).query(names.STATUS, result_type=x.Status)
        return status

    async def state(self, request_id: str) -> RequestState:
        """Return the state that a request's workflow holds."""
        return RequestState.model_validate((await self.status(request_id)).state)

    async def direction(self, stream: str) -> DirectionState:
        """Return the state that a provider's workflow holds."""
        return DirectionState.model_validate((await self.status(stream)).state)

    async def until(
        self,
        request_id: str,
        what: str,
        holds: Callable[[RequestState], object],
        seconds: float = PATIENCE_S,
        *,
        settled: bool = True,
    ) -> RequestState:
        """Wait until a request's state is as wanted and the workflow knows that the ledger has it.

        A step that took the record along tells so at its end: while one runs, not ``settled``.

        Raises:
            NotSeen: it was not in time.
        """
        limit = time.monotonic() + seconds
        seen = "nothing"
        while time.monotonic() < limit:
            try:
                status = await self.status(request_id)
            except Exception as fault:
                seen = type(fault).__name__
            else:
                state = RequestState.model_validate(status.state)
                if holds(state) and (status.recorded_through == status.n or not settled):
                    return state
                seen = f"stage {state.stage}, event {state.n} of which {status.recorded_through}"
            await asyncio.sleep(POLL_S)
        raise NotSeen(f"{request_id}: {what} was not seen within {seconds:g} s ({seen})")

    async def until_direction(
        self,
        stream: str,
        what: str,
        holds: Callable[[DirectionState], object],
        seconds: float = PATIENCE_S,
    ) -> DirectionState:
        """Wait until a provider's direction is as wanted."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            try:
                state = await self.direction(stream)
                if holds(state):
                    return state
            except Exception as fault:
                seen = type(fault).__name__
            else:
                seen = str(state.standing)
            await asyncio.sleep(POLL_S)
        raise NotSeen(f"{stream}: {what} was not seen within {seconds:g} s ({seen})")

    async def letter(
        self, request_id: str, notice: NoticeKind, seconds: float = PATIENCE_S
    ) -> dict[str, Any]:
        """Return a letter as it arrived in its reader's mailbox: subject, text, html, headers."""

        def arrived(state: RequestState) -> Letter | None:
            letter = state.letter_of(notice)
            return letter if letter and letter.status == "accepted" else None

        state = await self.until(request_id, f"letter {notice}", arrived, seconds)
        number = max(n for n, each in state.letters.items() if each.notice is notice)
        return await self.mail(message_id(request_id, number, self._doors.mail_domain))

    async def mails(self, to: str | None = None) -> list[dict[str, Any]]:
        """Return the index of the mails in the sink, oldest first."""
        params = {"to": to} if to else {}
        answer = await self._http.get(f"{self._doors.inbox}/messages", params=params)
        found: list[dict[str, Any]] = answer.raise_for_status().json()
        return found

    async def mail(self, wanted: str) -> dict[str, Any]:
        """Return the opened mail with that Message-ID."""
        entries = [entry for entry in await self.mails() if entry["message_id"] == wanted]
        if not entries:
            raise NotSeen(f"no mail with the Message-ID {wanted} is in the sink")
        answer = await self._http.get(f"{self._doors.inbox}/messages/{entries[-1]['id']}")
        opened: dict[str, Any] = answer.raise_for_status().json()
        return opened

    def links(self, mail: Mapping[str, Any]) -> list[str]:
        """Return the addresses of our pages in a mail, in the order of its text."""
        return list(dict.fromkeys(_LINK.findall(str(mail["text"]))))

    async def press(self, link: str, **fields: str) -> httpx.Response:
        """Open a page and press its button, as a browser without JavaScript does."""
        await self._http.get(link)
        return await self._http.post(link, data={"action": "confirm", **fields})

    async def confirm_address(self, request_id: str) -> None:
        """Press the button behind the link of the letter that confirms receipt."""
        mail = await self.letter(request_id, NoticeKind.ACKNOWLEDGEMENT)
        answer = await self.press(self.links(mail)[0])
        if answer.status_code != httpx.codes.OK:
            raise NotSeen(f"the page answered {answer.status_code}")

    async def act(self, request_id: str, action: str, **message: object) -> str:
        """Send an update, as staff do in the Web UI."""
        said: str = await self.handle(request_id).execute_update(
            action, message, result_type=str, rpc_timeout=timedelta(seconds=PATIENCE_S)
        )
        return said

    async def forward_to(self, workflow_id: str, instant: datetime) -> datetime:
        """Let days pass for one workflow."""
        return await self.time.forward_to(workflow_id, instant)
