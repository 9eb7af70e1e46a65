"""What is watched is true, is there when it is needed, and every alert has its runbook."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from ruamel.yaml import YAML

from domain import events as e
from domain.vocabulary import ProviderStanding
from records import figures, inbox, outbox, requests
from records.figures import Figures
from records.pool import create_pool
from tests.stored import VAULT, order_letter, write
from workers.monitoring.exposition import Gauge, Sample, render
from workers.monitoring.gauges import gauges
from workers.monitoring.monitor import Monitor
from workers.monitoring.serving import MonitorNotServed, served
from workers.settings import PROJECT
from workers.stack.ports import free_port

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ANA, BEN, DONE = "PR-4106-105S", "PR-0000-0000", "PR-1111-1111"


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    """Hold a late request, one in time with a silent provider, and a closed one."""
    pool = await create_pool(database)
    async with pool.acquire() as conn:
        await _request(conn, ANA, stage="deciding", needs_action="decide", respond_by=NOW - DAY)
        await write(conn, ANA, NOW, e.DeadlineBreached(kind="response", due=NOW.date()))
        await _request(conn, BEN, stage="directing providers", respond_by=NOW + 3 * DAY)
        await _direct(conn, BEN)
        await _request(conn, DONE, stage="closed", closed_at=NOW, respond_by=NOW)
        await _waiting(conn)
    yield pool
    await pool.close()


async def _request(conn: asyncpg.Connection, request_id: str, **projection: Any) -> None:
    await conn.execute(
        "INSERT INTO privacy.request (request_id, client, idempotency_key, body_hash,"
        " request_types, requester, residency, channel, language, received_at, registered_at)"
        " VALUES ($1, 'c', $1, 'h', '{delete}', 'consumer', 'CA', 'web_form', 'en', $2, $2)",
        request_id,
        NOW - 10 * DAY,
    )
    await requests.project(conn, request_id, requests.Projection(**projection))


async def _direct(conn: asyncpg.Connection, request_id: str) -> None:
    """Direct one provider that stays silent and one that answers."""
    for provider, issued in (("acme", NOW - 12 * DAY), ("mailbird", NOW - DAY)):
        times = dict.fromkeys(("remind_at", "escalate_at", "give_up_at"), NOW)
        direction = e.DirectionIssued.model_validate(
            {
                "provider": provider,
                "name": provider,
                "protocol": "mail",
                "action": "delete",
                "confirm_by": NOW.date(),
                **times,
            }
        )
        await write(conn, f"{request_id}.{provider}", issued, direction)
    said = e.AcknowledgementRecorded(inbox=1, standing=ProviderStanding.RECEIVED, at=NOW)
    await write(conn, f"{request_id}.mailbird", NOW, said)


async def _waiting(conn: asyncpg.Connection) -> None:
    """Leave a deferred letter, a refused one, and a message nobody took."""
    for n in (1, 2):
        await order_letter(conn, BEN, n, NOW - timedelta(hours=2))
    await outbox.mark_deferred(conn, BEN, 1, server_reply="451 4.3.2 later")
    await outbox.mark_refused(conn, BEN, 2, server_reply="550 5.1.1 nobody")
    await inbox.receive(
        conn,
        VAULT,
        once_key="k",
        request_id=BEN,
        stream=BEN,
        kind="address_confirmed",
        facts={},
        evidence=None,
        now=NOW - timedelta(minutes=30),
    )


def values(text: str) -> dict[str, float]:
    """Read the exposition as Prometheus does: name and labels, then the value."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


async def test_the_figures_are_those_of_the_database(pool: asyncpg.Pool) -> None:
    """Open, late, urgent, silent, refused, waiting: each counted once, the closed one never."""
    async with pool.acquire() as conn:
        shown = values(render(gauges(await figures.take(conn, NOW))))
    expected = {
        'privacy_requests_open{stage="deciding",type="delete"}': 1,
        'privacy_requests_open{stage="directing providers",type="delete"}': 1,
        "privacy_requests_needing_action": 1,
        "privacy_requests_overdue": 1,
        "privacy_requests_breached": 1,
        'privacy_requests_due_within_days{days="1"}': 0,
        'privacy_requests_due_within_days{days="3"}': 1,
        'privacy_request_days_left_min{type="delete"}': -1,
        'privacy_provider_directions_open{provider="acme"}': 1,
        'privacy_provider_directions_unanswered{provider="acme"}': 1,
        'privacy_provider_silence_seconds{provider="acme"}': 12 * 86_400,
        'privacy_provider_directions_unanswered{provider="mailbird"}': 0,
        'privacy_letters_unsent{audience="consumer",status="deferred"}': 1,
        "privacy_letters_unsent_oldest_seconds": 7200,
        'privacy_letters_refused{audience="consumer"}': 1,
        "privacy_inbox_undelivered": 1,
        "privacy_inbox_undelivered_oldest_seconds": 1800,
        "privacy_requests_not_started": 1,
        "privacy_ledger_checkpoint_age_seconds": float("inf"),
    }
    assert {name: shown.get(name) for name in expected} == expected


async def test_a_request_ahead_of_the_wall_clock_is_judged_by_its_own_time(
    pool: asyncpg.Pool,
) -> None:
    """Four days on by its own clock, the one that was in time is late."""
    ahead = requests.Projection(business_time=NOW + 4 * DAY)
    await requests.project(pool, BEN, ahead)
    async with pool.acquire() as conn:
        shown = values(render(gauges(await figures.take(conn, NOW))))
    assert shown["privacy_requests_overdue"] == 2


def test_labels_are_written_so_that_prometheus_reads_them() -> None:
    """Quotes, backslashes and line ends are escaped; whole numbers stay whole."""
    gauge = Gauge("x", "About\nit.", (Sample(1.0, {"a": 'say "hi"\\\n'}), Sample(0.25)))
    assert render([gauge]) == (
        '# HELP x About\\nit.\n# TYPE x gauge\nx{a="say \\"hi\\"\\\\\\n"} 1\nx 0.25\n'
    )


async def test_a_worker_tells_figures_life_and_readiness(pool: asyncpg.Pool) -> None:
    """Over HTTP; a part that is missing is named, and life goes on without it."""
    present = asyncio.Event()

    async def temporal() -> None:
        if not present.is_set():
            raise ConnectionError("canary")

    port = free_port()
    monitor = Monitor(pool, {"temporal": temporal}, "1.2.3")
    async with (
        served(monitor.app(), "127.0.0.1", port),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        assert (await client.get("/health/live")).json() == {"alive": True}
        missing = await client.get("/health/ready")
        assert missing.status_code == 503
        assert missing.json() == {"ready": False, "database": "ok", "temporal": "missing"}
        present.set()
        assert (await client.get("/health/ready")).status_code == 200
        shown = await client.get("/metrics")
        assert shown.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert values(shown.text)['privacy_worker_info{version="1.2.3"}'] == 1
        assert values(shown.text)["privacy_database_up"] == 1
        with pytest.raises(MonitorNotServed, match="PRIVACY_METRICS_PORT"):
            async with served(monitor.app(), "127.0.0.1", port):
                pass
        await pool.close()
        assert values((await client.get("/metrics")).text)["privacy_database_up"] in {0, 1}
        assert (await client.get("/health/ready")).json()["database"] == "missing"


async def test_without_a_port_nothing_is_served(pool: asyncpg.Pool) -> None:
    """The monitor is off unless an operator gives it a port."""
    async with served(Monitor(pool, {}, "1").app(), "127.0.0.1", None):
        pass


def _names(text: str) -> set[str]:
    return set(re.findall(r"\bprivacy_[a-z_]+", text))


def _known() -> set[str]:
    nothing = figures.Waiting(n=0, oldest_seconds=0)
    empty = Figures(
        open=(),
        due=(),
        due_within={},
        needing_action=0,
        breached=0,
        senders_differed=0,
        providers=(),
        letters=(),
        messages=nothing,
        never_started=nothing,
        webhooks=nothing,
        webhooks_given_up=0,
        kept_too_long=0,
        checkpoint_seconds=None,
    )
    return {gauge.name for gauge in gauges(empty)} | {"privacy_worker_info", "privacy_database_up"}


def test_dashboard_and_alerts_ask_for_figures_that_exist() -> None:
    """A figure that is renamed here is renamed there."""
    rules = (PROJECT / "deploy" / "prometheus" / "alerts.yaml").read_text()
    dashboard = (PROJECT / "deploy" / "grafana" / "privacy-requests.json").read_text()
    panels = json.loads(dashboard)["panels"]
    asked = " ".join(target["expr"] for panel in panels for target in panel["targets"])
    assert _names(rules) <= _known()
    assert _names(asked) <= _known()
    assert len(panels) == len({panel["id"] for panel in panels})


def test_the_operators_page_names_every_figure() -> None:
    """What is shown is explained, and nothing is explained that is not shown."""
    page = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `privacy_")]
    assert _names("".join(rows)) == _known()


def test_every_alert_has_a_runbook() -> None:
    """Each rule names a heading that stands in the operators' page."""
    rules = YAML(typ="safe").load(PROJECT / "deploy" / "prometheus" / "alerts.yaml")
    page = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
    headings = {line.lstrip("# ") for line in page.splitlines() if line.startswith("#")}
    for rule in (rule for group in rules["groups"] for rule in group["rules"]):
        assert rule["alert"] in headings
        anchor = f"docs/operations.md#{rule['alert'].lower()}"
        assert rule["annotations"]["runbook"] == anchor
