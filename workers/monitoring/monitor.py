"""The monitor's doors: ``/metrics``, ``/health/live``, ``/health/ready``."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import asyncpg
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from records import figures
from workers.monitoring.exposition import CONTENT_TYPE, Gauge, Sample, render
from workers.monitoring.gauges import gauges

FRESH_SECONDS = 10.0
"""Several scrapers within this time see the same figures, which are taken once."""

PATIENCE_SECONDS = 8.0

log = structlog.get_logger("workers.monitoring")

Check = Callable[[], Awaitable[object]]
"""Raises, or takes too long, when a part that the worker needs is missing."""


class Monitor:
    """Answers for one worker."""

    def __init__(self, pool: asyncpg.Pool, checks: dict[str, Check], version: str) -> None:
        """``checks`` look at what the worker needs, by the names that readiness shows."""
        self._pool = pool
        self._checks = {"database": self._ask_database, **checks}
        self._version = version
        self._taken: tuple[float, tuple[Gauge, ...]] | None = None
        self._taking = asyncio.Lock()

    def app(self) -> Starlette:
        """Return the web application."""
        return Starlette(
            routes=[
                Route("/metrics", self.metrics),
                Route("/health/live", self.live),
                Route("/health/ready", self.ready),
            ]
        )

    async def live(self, request: Request) -> Response:
        """Say that the event loop turns."""
        return JSONResponse({"alive": True})

    async def ready(self, request: Request) -> Response:
        """Say whether everything that the worker needs is there, part by part."""
        names = list(self._checks)
        stands = await asyncio.gather(*(self._stands(name) for name in names))
        answer = dict(zip(names, ["ok" if good else "missing" for good in stands], strict=True))
        status = 200 if all(stands) else 503
        return JSONResponse({"ready": all(stands), **answer}, status)

    async def metrics(self, request: Request) -> Response:
        """Write the figures; without a database only whether it is there."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                counted = await self._figures()
        except Exception as fault:
            log.warning("no_figures", reason=type(fault).__name__)
            counted = ()
        about = Gauge(
            "privacy_worker_info", "This worker.", (Sample(1, {"version": self._version}),)
        )
        database = Gauge(
            "privacy_database_up",
            "Whether the figures could be read from our database.",
            (Sample(float(bool(counted))),),
        )
        return PlainTextResponse(render((about, database, *counted)), media_type=CONTENT_TYPE)

    async def _figures(self) -> tuple[Gauge, ...]:
        async with self._taking:
            now = asyncio.get_running_loop().time()
            if self._taken is None or now - self._taken[0] > FRESH_SECONDS:
                async with self._pool.acquire() as conn:
                    taken = await figures.take(conn, datetime.now(UTC))
                self._taken = (now, gauges(taken))
            return self._taken[1]

    async def _ask_database(self) -> None:
        async with self._pool.acquire() as conn:
            await conn.fetchval("SELECT 1")

    async def _stands(self, name: str) -> bool:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._checks[name]()
        except Exception as fault:
            log.warning("not_ready", dependency=name, reason=type(fault).__name__)
            return False
        return True
