"""Providers' callbacks at the real door: only a verified one counts, and only once."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import pytest_asyncio
from standardwebhooks import Webhook

from domain import events as e
from domain.vocabulary import ProviderStanding
from tests.e2e.case import Case
from tests.e2e.office import Office
from workers.stack.variables import webhook_secret

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


@dataclass(frozen=True)
class Acme:
    """The provider with an engineer, at the door of one stack, about one direction."""

    office: Office
    case: Case
    secret: str

    @property
    def stream(self) -> str:
        """The direction."""
        return f"{self.case.request_id}.acme-analytics"

    async def calls(
        self,
        standing: str,
        *,
        direction: str = "",
        secret: str = "",
        sent_at: datetime | None = None,
        provider: str = "acme-analytics",
        number: int = 1,
    ) -> int:
        """Post an acknowledgement and return the status of the answer."""
        at = sent_at or datetime.now(UTC)
        stream = direction or self.stream
        webhook_id = f"ack_{stream}_{standing}_{number}"
        body = json.dumps(
            {
                "type": "privacy.direction.acknowledged",
                "timestamp": at.isoformat(),
                "data": {"direction_id": stream, "status": standing},
            }
        )
        headers = {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret or self.secret).sign(webhook_id, at, body),
        }
        url = f"{self.office.stack.addresses.gateway}/v1/providers/{provider}/callbacks"
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.post(url, content=body, headers=headers)).status_code

    async def words(self) -> list[ProviderStanding]:
        """Return what the direction's stream has of the provider's words."""
        found = await self.case.events(e.AcknowledgementRecorded, self.stream)
        return [each.standing for each in found]


@pytest_asyncio.fixture(loop_scope="session")
async def acme(office: Office) -> AsyncIterator[Acme]:
    """Direct a provider that says nothing by itself."""
    async with office.provider("sample_webhook", "silent"):
        case = await office.verified()
        await case.approve()
        await case.until("the directions", lambda s: s.providers)
        secret = office.stack.configuration.variables["SAMPLE_WEBHOOK_SECRET"]
        said = Acme(office, case, secret)
        await case.people.until_direction(said.stream, "the sending", lambda s: s.handed_over >= 0)
        yield said


async def test_callbacks_that_are_not_the_providers_change_nothing(acme: Acme) -> None:
    """Forged 401, stale 401, from the future 401, unknown 404, another's 404; then the true one."""
    now = datetime.now(UTC)
    before = await acme.case.recorded(acme.stream)
    assert await acme.calls("done", secret=webhook_secret()) == 401
    assert await acme.calls("done", sent_at=now - timedelta(minutes=10)) == 401
    assert await acme.calls("done", sent_at=now + timedelta(minutes=10)) == 401
    assert await acme.calls("done", direction="PR-0000-0000.acme-analytics") == 404
    assert await acme.calls("done", direction=f"{acme.case.request_id}.postbird") == 404
    assert await acme.calls("done", provider="nobody") == 404
    assert await acme.case.recorded(acme.stream) == before
    assert (await acme.case.state()).answered is False

    assert await acme.calls("received") == 202
    assert await acme.calls("received") == 200
    await acme.case.people.until_direction(acme.stream, "received", lambda s: s.inbox_seen)
    assert await acme.calls("done") == 202
    assert await acme.calls("done") == 200
    await acme.case.closed()
    assert await acme.words() == [ProviderStanding.RECEIVED, ProviderStanding.DONE]
    (view,) = [
        view
        for name, view in ((await acme.case.ledger_state()).providers or {}).items()
        if name == "acme-analytics"
    ]
    assert (view.standing, view.final) == (ProviderStanding.DONE, True)


async def test_a_callback_counts_although_nothing_but_postgres_and_gateway_run(
    acme: Acme,
) -> None:
    """Temporal and worker down: 200, kept; delivered by the sweep when they are back."""
    stack = acme.office.stack
    await stack.kill("worker")
    await stack.kill("temporal")
    try:
        assert await acme.calls("done") == 202
        assert await acme.calls("done") == 200
        assert await acme.calls("done", secret=webhook_secret()) == 401
    finally:
        await stack.start("temporal")
        await stack.start("worker")
    await acme.office.sweep(later_by=timedelta(minutes=1))
    await acme.case.closed(60)
    assert await acme.words() == [ProviderStanding.DONE]


async def test_a_last_word_stands(acme: Acme) -> None:
    """Refused first, done afterwards: the first last word is what the answer tells."""
    assert await acme.calls("refused") == 202
    await acme.case.people.until_direction(acme.stream, "the end", lambda s: s.ended)
    assert await acme.calls("done") == 202
    state = await acme.case.closed()
    assert (state.providers or {})["acme-analytics"].standing is ProviderStanding.REFUSED
    assert ProviderStanding.DONE not in await acme.words()
