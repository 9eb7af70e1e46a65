"""The provider with an engineer, who answers again whatever his killed program forgot."""

import json
import random
import re
from datetime import UTC, datetime
from pathlib import Path

import httpx
from standardwebhooks import Webhook

PROVIDER = "acme-analytics"
_TAKEN = re.compile(r"direction (\S+) taken")


class Engineer:
    """Calls back about directions that his program took, as often as told."""

    def __init__(self, gateway: str, secret: str, log: Path, chance: random.Random) -> None:
        """``log`` is his program's, which names every direction that it took."""
        self._url = f"{gateway}/v1/providers/{PROVIDER}/callbacks"
        self._webhook = Webhook(secret)
        self._log = log
        self._chance = chance
        self._client = httpx.AsyncClient(trust_env=False, timeout=20)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def taken(self) -> list[str]:
        """Name the directions that his program took, in order, each once."""
        found = _TAKEN.findall(self._log.read_text()) if self._log.exists() else []
        return list(dict.fromkeys(found))

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
        return (await self._client.post(self._url, content=body, headers=headers)).status_code

    async def repeat(self) -> int:
        """Say again what was said of some directions, last word first; count them."""
        taken = self.taken()
        again = self._chance.sample(taken, min(5, len(taken)))
        for direction in again:
            for word in ("done", "received", "done"):
                try:
                    await self.answer(direction, word)
                except httpx.HTTPError:
                    continue
        return len(again)
