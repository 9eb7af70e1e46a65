"""Takes over where the providers of a request stand, as their workflows report it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from temporalio import workflow

from domain.decisions.fulfilment import provider_reported
from domain.state import RequestState
from workflows import exchange as x
from workflows import steps
from workflows.journal import Journal


class ReportReader:
    """Takes notes of reports; what nobody vouches for is read from the ledger."""

    def __init__(self, journal: Journal[RequestState], refuse: Callable[[], None]) -> None:
        """``refuse`` records a signal that names nobody who was directed."""
        self._journal = journal
        self._refuse = refuse
        self._waiting: list[x.Report] = []

    @property
    def _state(self) -> RequestState:
        return self._journal.state

    def note(self, payloads: Sequence[Any]) -> None:
        """Take note of a signal; one that names no provider is refused."""
        report = x.report_to(self._state.request_id, payloads)
        if report is None:
            self._refuse()
        else:
            self._waiting.append(report)

    def look_at(self, providers: Iterable[str]) -> None:
        """Have it read where these providers stand."""
        self._waiting.extend(x.Report(provider) for provider in providers)

    async def take(self) -> None:
        """Take reports over for as long as the workflow lives."""
        while True:
            await workflow.wait_condition(lambda: bool(self._waiting))
            # The step that directs is heard of after those whom it directed, if they are quick.
            await self._journal.until_free()
            reports, self._waiting = self._known(self._waiting), []
            self._take_over(news for report in reports for news in report.news or ())
            await self.read(tuple(report.provider for report in reports if report.news is None))

    async def read(self, providers: Sequence[str]) -> None:
        """Take over what the ledger has of these providers, and of any that moved meanwhile."""
        if not providers:
            return
        named = tuple(dict.fromkeys(providers))
        asked = x.ReadDirections(request_id=self._state.request_id, providers=named)
        read = await steps.READ_DIRECTIONS(asked, f"read the reports of {', '.join(named)}"[:200])
        self._take_over(read.reports)

    def _known(self, reports: Sequence[x.Report]) -> list[x.Report]:
        """Return the reports of providers that were directed, and refuse the others."""
        directed = self._state.providers or {}
        known = [report for report in reports if report.provider in directed]
        for _ in range(len(reports) - len(known)):
            self._refuse()
        return known

    def _take_over(self, reports: Iterable[x.ProviderReport]) -> None:
        for report in reports:
            self._journal.note(*provider_reported(self._state, **report.model_dump()))
