"""The provider with an engineer, who answers again whatever his killed program forgot."""

import json
import random
import re
from datetime import UTC, datetime
from pathlib import Path

import httpx
from standardwebhooks import Webhook

from samples.providers.webhook import copy_place

PROVIDER = "acme-analytics"
_TAKEN = re.compile(r"direction (\S+) taken: (\S+)")


class Engineer:
    """Calls back about directions that his program took, as often as told."""

    def __init__(
        self, gateway: str, own: str, secret: str, log: Path, chance: random.Random
    ) -> None:
        """``own`` is his program's address, ``log`` names every direction that it took."""
        self._url = f"{gateway}/v1/providers/{PROVIDER}/callbacks"
        self._own = own
        self._secret = secret
        self._webhook = Webhook(secret)
        self._log = log
        self._chance = chance
        self._client = httpx.AsyncClient(trust_env=False, timeout=20)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def taken(self) -> dict[str, str]:
        """Return what each direction that his program took asks for, in their order."""
        return dict(_TAKEN.findall(self._log.read_text()) if self._log.exists() else [])

    async def answer(self, direction: str, status: str) -> int:
        """Call back under the identity that this word always has; return the door's answer."""
        identity = f"ack_{direction}_{status}"
        now = datetime.now(UTC)
        data = {"direction_id": direction, "status": status, **self._copy(direction, status)}
        body = json.dumps({"type": "privacy.direction.acknowledged", "data": data})
        headers = {
            "content-type": "application/json",
            "webhook-id": identity,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(identity, now, body),
        }
        return (await self._client.post(self._url, content=body, headers=headers)).status_code

    def _copy(self, direction: str, status: str) -> dict[str, str]:
        """Say where the copy lies that a direction asks for."""
        if status != "done" or self.taken().get(direction) != "return_copy":
            return {}
        return {"results_url": f"{self._own}/{copy_place(self._secret, direction)}"}

    async def repeat(self) -> int:
        """Say again what was said of some directions, last word first; count them."""
        taken = self.taken()
        again = self._chance.sample(list(taken), min(5, len(taken)))
        for direction in again:
            for word in ("done", "received", "done"):
                try:
                    await self.answer(direction, word)
                except httpx.HTTPError:
                    continue
        return len(again)
