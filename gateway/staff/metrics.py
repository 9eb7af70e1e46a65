"""The metrics page: plots that need no script, each with its numbers as a table and as a file."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from domain.metrics import publish_by
from domain.policies import nearest_to
from domain.workload import Result
from gateway.links import connection_of
from gateway.parts import GatewayParts
from gateway.problems import NOT_FOUND, Problem
from gateway.staff import charts
from gateway.staff.charts import Chart
from gateway.staff.figures import TeamFigures, figures_of_year, team_figures
from gateway.staff.layout import StaffPages
from gateway.staff.principal import signed_in

METRICS = "/staff/metrics"
PERIODS = (3, 6, 12, 24)
DEFAULT_PERIOD = 12
FIRST_YEAR = 2020

_CHARTS = {
    "over-time": charts.over_time,
    "days-to-respond": charts.days_to_respond,
    "on-time": charts.on_time,
    "outcomes": charts.outcomes,
    "forecast": charts.forecast,
}


def metrics_router(parts: GatewayParts, pages: StaffPages) -> APIRouter:
    """Build ``/staff/metrics`` and the files behind its plots."""
    router = APIRouter(include_in_schema=False)
    metrics = _Metrics(parts, pages)
    router.add_api_route(METRICS, metrics.show, methods=["GET"])
    router.add_api_route(f"{METRICS}/{{name}}.csv", metrics.file, methods=["GET"])
    return router


class _Metrics:
    def __init__(self, parts: GatewayParts, pages: StaffPages) -> None:
        self._parts = parts
        self._pages = pages

    async def show(self, request: Request) -> Response:
        """Show every plot. It holds no personal data."""
        member = await signed_in(request, self._parts)
        period = _period(request.query_params)
        this_year = self._parts.now().year
        year = _year(request.query_params.get("year", ""), this_year) or this_year
        figures = await self._figures(period)
        values = {
            "figures": figures,
            "charts": {name: draw(figures) for name, draw in _CHARTS.items()},
            "yearly": await self._of_year(year),
            "year": year,
            "last_year": this_year,
            "first_year": FIRST_YEAR,
            "publish_by": publish_by(nearest_to(figures.today.replace(year, 12, 31)), year),
            "period": period,
            "periods": PERIODS,
            "results": [(result.value, charts.RESULT_STYLES[result]) for result in Result],
        }
        return self._pages.render(request, "staff/metrics.html", member, values)

    async def file(self, request: Request, name: str) -> Response:
        """Hand out the numbers of one plot as CSV."""
        await signed_in(request, self._parts)
        chart = await self._chart(name, _period(request.query_params))
        headers = {"Content-Disposition": f'attachment; filename="privacy-{chart.name}.csv"'}
        return Response(chart.as_csv(), media_type="text/csv", headers=headers)

    async def _chart(self, name: str, period: int) -> Chart:
        if name in _CHARTS:
            return _CHARTS[name](await self._figures(period))
        year = _year(name.removeprefix("year-"), self._parts.now().year)
        if year is None:
            raise Problem(NOT_FOUND, "Take a file that the metrics page links to.")
        return await self._of_year(year)

    async def _figures(self, period: int) -> TeamFigures:
        async with connection_of(self._parts) as conn:
            return await team_figures(conn, self._parts.now(), period)

    async def _of_year(self, year: int) -> Chart:
        async with connection_of(self._parts) as conn:
            return charts.of_year(await figures_of_year(conn, year), year)


def _period(query: Mapping[str, str]) -> int:
    asked = query.get("months", "")
    return int(asked) if asked in {str(one) for one in PERIODS} else DEFAULT_PERIOD


def _year(text: str, this_year: int) -> int | None:
    years = {str(year): year for year in range(FIRST_YEAR, this_year + 1)}
    return years.get(text)
