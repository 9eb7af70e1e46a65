"""An agent's software by the text of Data Rights Protocol 1.0 alone; imports nothing of ours.

What it sends can be bent for hostile tests: every part of a call is a method or an argument.
"""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from nacl.signing import SigningKey

LIFE = timedelta(minutes=10)
"""How long a signed message is good; the specification recommends no more."""

PATIENCE = timedelta(seconds=2)
"""How far back messages are dated, for clocks that differ."""


class ReferenceAgent:
    """Signs with its key and calls one business at its ``api_base``."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        api_base: str,
        *,
        agent_id: str,
        business_id: str,
        key: SigningKey | None = None,
    ) -> None:
        self._http = http
        self._api_base = api_base.rstrip("/")
        self.agent_id = agent_id
        self.business_id = business_id
        self.key = key or SigningKey.generate()
        self.token = ""

    @property
    def verify_key(self) -> str:
        """The public key as the directory of agents writes it."""
        return base64.b64encode(bytes(self.key.verify_key)).decode("ascii")

    def directory_entry(self, name: str, web_url: str, contact: str) -> dict[str, str]:
        """Return this agent's entry for the directory."""
        return {
            "id": self.agent_id,
            "name": name,
            "verify_key": self.verify_key,
            "web_url": web_url,
            "identity_assurance_url": f"{web_url}/identity",
            "technical_contact": contact,
            "business_contact": contact,
        }

    def claims(self, now: datetime | None = None, **changes: Any) -> dict[str, Any]:
        """Return the claims of any message but a revocation."""
        issued = (now or datetime.now(UTC)) - PATIENCE
        return {
            "agent-id": self.agent_id,
            "business-id": self.business_id,
            "issued-at": issued.isoformat(),
            "expires-at": (issued + LIFE).isoformat(),
            "drp.version": "1.0",
            **changes,
        }

    def signed(self, message: Mapping[str, Any] | bytes) -> bytes:
        """Sign in libsodium's combined mode, then encode."""
        raw = message if isinstance(message, bytes) else json.dumps(message).encode()
        return base64.b64encode(bytes(self.key.sign(raw)))

    async def set_up(self, now: datetime | None = None) -> str:
        """Fetch the token of this pair of agent and business, and keep it."""
        answer = await self.post(f"/v1/agent/{self.agent_id}", self.signed(self.claims(now)))
        answer.raise_for_status()
        self.token = str(answer.json()["token"])
        return self.token

    async def is_paired(self) -> bool:
        """Ask whether the token is good."""
        answer = await self.call("GET", f"/v1/agent/{self.agent_id}")
        return answer.status_code == httpx.codes.OK

    async def exercise(
        self,
        right: str,
        identity: Mapping[str, Any],
        *,
        now: datetime | None = None,
        **claims: Any,
    ) -> httpx.Response:
        """Exercise one right of one user."""
        message = {**self.claims(now), "exercise": right, "regime": "ccpa", **identity, **claims}
        return await self.post("/v1/data-rights-request", self.signed(message))

    async def status(self, request_id: str) -> httpx.Response:
        """Ask how a request stands."""
        return await self.call("GET", f"/v1/data-rights-request/{request_id}")

    async def revoke(self, request_id: str, reason: str = "") -> httpx.Response:
        """Take a request back; the reference implementation sends no Content-Type here."""
        body = self.signed({"reason": reason})
        return await self.call("DELETE", f"/v1/data-rights-request/{request_id}", body)

    async def post(self, path: str, body: bytes) -> httpx.Response:
        """Send a signed message."""
        return await self.call("POST", path, body, {"Content-Type": "text/plain"})

    async def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Call the business with the token of this pair, if there is one."""
        sent = dict(headers or {})
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        return await self._http.request(
            method, f"{self._api_base}{path}", content=body, headers=sent
        )
