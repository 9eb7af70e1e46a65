"""The provider with an engineer, who answers again whatever his killed program forgot."""

import json
import random
from datetime import UTC, datetime

import httpx
from standardwebhooks import Webhook

PROVIDER = "acme-analytics"


class Engineer:
    """Calls back about directions, as often as told."""

    def __init__(self, gateway: str, secret: str, chance: random.Random) -> None:
        self._url = f"{gateway}/v1/providers/{PROVIDER}/callbacks"
        self._webhook = Webhook(secret)
        self._chance = chance
        self._answered: list[tuple[str, str]] = []
        self._client = httpx.AsyncClient(trust_env=False, timeout=20)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def answer(self, direction: str, status: str) -> int:
        """Call back under the identity that this word always has; return the door's answer."""
        identity = f"ack_{direction}_{status}"
        now = datetime.now(UTC)
        data = {"direction_id": direction, "status": status}
        body = json.dumps({"type": "privacy.direction.acknowledged", "data": data})
        headers = {
            "content-type": "application/json",
            "webhook-id": identity,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(identity, now, body),
        }
        answer = await self._client.post(self._url, content=body, headers=headers)
        if answer.is_success:
            self._answered.append((direction, status))
        return answer.status_code

    async def repeat(self) -> int:
        """Say some of it again, with the same identity and with another word; count the calls."""
        words = self._chance.sample(self._answered, min(5, len(self._answered)))
        for direction, status in words:
            try:
                await self.answer(direction, status)
                await self.answer(direction, "received")
            except httpx.HTTPError:
                continue
        return len(words)
