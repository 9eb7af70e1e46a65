"""Save and continue: what was typed so far waits behind a link that only its writer has."""

import json
from datetime import timedelta
from typing import NamedTuple

from gateway.limits import HOUR, RateLimit
from gateway.links import connection_of
from gateway.parts import GatewayParts
from gateway.request_fields import Typed
from gateway.wishes import Choice, choice_of
from records import drafts

FIELD = "draft"
"""Name of the hidden field that says which draft a form goes on with."""

_NOT_KEPT = frozenset({FIELD, "action", "website"})


class Begun(NamedTuple):
    """A request on its way: what was chosen, and what was typed for it."""

    choice: Choice
    typed: Typed


class Drafts:
    """Keeps begun requests for some days, then forgets them."""

    def __init__(self, parts: GatewayParts) -> None:
        self._parts = parts
        self._kept = RateLimit(parts.settings.drafts_per_hour, parts.now, HOUR)

    async def keep(self, caller: str, choice: Choice, typed: Typed) -> str:
        """Keep a form and return its token; one that was begun before keeps its own.

        Raises:
            Problem: 429.
        """
        self._kept.spend(caller)
        now = self._parts.now()
        token = typed.get(FIELD) or drafts.draw_token()
        fields = {name: text for name, text in typed.items() if name not in _NOT_KEPT}
        body = {"want": choice.wishes, "who": choice.asker, "typed": fields}
        expires_at = now + timedelta(days=self._parts.settings.draft_days)
        async with connection_of(self._parts) as connection:
            await drafts.drop_ended(connection, now)
            if typed.get(FIELD) and await drafts.find(connection, token, now) is None:
                token = drafts.draw_token()
            await drafts.keep(connection, token, json.dumps(body).encode(), expires_at)
        return token

    async def find(self, token: str) -> Begun | None:
        """Return what a link leads to, if it is still kept and still offered."""
        now = self._parts.now()
        async with connection_of(self._parts) as connection:
            body = await drafts.find(connection, token, now)
        if body is None:
            return None
        kept = json.loads(body)
        choice = choice_of(kept["want"], kept["who"], self._parts.settings, now)
        return Begun(choice, {**kept["typed"], FIELD: token}) if choice else None

    async def drop(self, token: str) -> None:
        """Forget a draft: it was sent, or its writer wants it gone."""
        async with connection_of(self._parts) as connection:
            await drafts.drop(connection, token)
