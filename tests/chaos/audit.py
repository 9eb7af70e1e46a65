"""Afterwards: is every request as the model predicts, and did everything happen once?"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import asyncpg
from temporalio.client import WorkflowQueryFailedError

from domain.state import RequestState
from tests.chaos.stories import Played
from tests.e2e.office import Office
from tests.e2e.shop import Customer
from workers.engine import TemporalEngine
from workers.ledger_check import check

ONCE = (
    "RequestReceived",
    "AddressConfirmed",
    "IdentityVerified",
    "RequestApproved",
    "RequestDenied",
    "DataErased",
    "DataCorrected",
    "ProvidersDirected",
    "RequestAnswered",
    "RequestClosed",
    "DirectionIssued",
    "DirectionEnded",
)
"""Events that no stream has twice."""


@dataclass(frozen=True)
class Difference:
    """What is not as it must be, of which request, and how to look."""

    request_id: str
    what: str
    look: str

    def __str__(self) -> str:
        return f"{self.request_id}: {self.what}\n    look: {self.look}"


@dataclass(frozen=True)
class Findings:
    """What the audit counted, and what differs."""

    counts: Counter[str]
    differences: tuple[Difference, ...]


class Audit:
    """Looks at every request of a run from outside: rows, letters, ledger, workflow."""

    def __init__(self, office: Office, rows_before: dict[int, int]) -> None:
        self._office = office
        self._rows_before = rows_before
        self._counts: Counter[str] = Counter()

    async def all(self, played: Sequence[Played]) -> Findings:
        """Look at all of it."""
        arrived = Counter(mail["message_id"] for mail in await self._office.people.mails())
        connection = await asyncpg.connect(self._office.settings.secret("dsn"))
        try:
            found = [
                difference
                for each in played
                for difference in [
                    *await self._request(each),
                    *await self._events(connection, each),
                    *await self._letters(connection, each, arrived),
                ]
            ]
            found += await self._strays(connection, arrived)
            found += await self._chains(connection)
        finally:
            await connection.close()
        return Findings(self._counts, tuple(found))

    async def _request(self, played: Played) -> list[Difference]:
        case, story = played.case, played.plan.story
        state = await case.ledger_state()
        rows = await rows_of(self._office, case.customer)
        wrong = [*_state_differs(played, state), *self._rows_differ(played, rows)]
        if story.request_type == "opt_out_sale_sharing":
            wrong += [] if await self._office.shop.opted_out(case.customer) else ["not opted out"]
        if story.request_type == "correct":
            wrong += await self._phone_differs(played)
        self._counts[f"{story.name}: {'closed' if state.closed else state.stage}"] += 1
        look = f"privacy ledger verify --request {case.request_id}; the workflow in the Web UI"
        return [Difference(case.request_id, what, look) for what in wrong]

    def _rows_differ(self, played: Played, rows: int) -> Iterator[str]:
        before = self._rows_before[played.case.customer.id]
        if played.plan.story.erased and rows:
            yield f"{rows} rows of {before} are not erased"
        if not played.plan.story.erased and rows != before:
            yield f"{before - rows} rows are gone that nobody approved to erase"
        self._counts["rows erased"] += before - rows

    async def _phone_differs(self, played: Played) -> list[str]:
        held = await self._office.shop.value(
            "SELECT phone FROM customers WHERE id = $1", played.case.customer.id
        )
        return [] if held == played.plan.phone else ["the telephone number is not corrected"]

    async def _events(self, conn: asyncpg.Connection, played: Played) -> list[Difference]:
        request_id = played.case.request_id
        rows = await conn.fetch(
            "SELECT stream, document->>'type' AS type, count(*) AS times FROM privacy.ledger"
            " WHERE split_part(stream, '.', 1) = $1 GROUP BY 1, 2",
            request_id,
        )
        self._counts["events"] += sum(row["times"] for row in rows)
        return [
            Difference(
                request_id,
                f"{row['type']} stands {row['times']} times in {row['stream']}",
                f"privacy ledger show {row['stream']}",
            )
            for row in rows
            if row["type"] in ONCE and row["times"] > 1
        ]

    async def _letters(
        self, conn: asyncpg.Connection, played: Played, arrived: Counter[str]
    ) -> list[Difference]:
        request_id = played.case.request_id
        letters = await conn.fetch(
            "SELECT stream, n, notice, audience, message_id, status FROM privacy.outbox"
            " WHERE request_id = $1",
            request_id,
        )
        wrong = [
            f"letter {row['n']} of {row['stream']} is {row['status']}"
            for row in letters
            if row["status"] != "accepted"
        ]
        wrong += [
            f"letter {row['n']} of {row['stream']} was accepted and never arrived"
            for row in letters
            if row["status"] == "accepted" and not arrived[row["message_id"]]
        ]
        kinds = Counter(
            (row["stream"], row["notice"]) for row in letters if row["audience"] != "staff"
        )
        wrong += [
            f"{n} letters {notice} for {stream}" for (stream, notice), n in kinds.items() if n > 1
        ]
        self._counts["letters"] += len(letters)
        self._counts["letters repeated under their one Message-ID"] += sum(
            arrived[row["message_id"]] - 1 for row in letters if arrived[row["message_id"]]
        )
        look = f"SELECT * FROM privacy.outbox WHERE request_id = '{request_id}'"
        return [Difference(request_id, what, look) for what in wrong]

    async def _strays(self, conn: asyncpg.Connection, arrived: Counter[str]) -> list[Difference]:
        known = {row["message_id"] for row in await conn.fetch("SELECT * FROM privacy.outbox")}
        ours = [each for each in arrived if each.endswith(f"@{self._office.mail_domain}>")]
        return [
            Difference("?", f"mail {each} is no letter of the outbox", "the inbox page")
            for each in ours
            if each not in known
        ]

    async def _chains(self, conn: asyncpg.Connection) -> list[Difference]:
        settings = self._office.settings
        try:
            report = await check(conn, TemporalEngine(self._office.client, settings.task_queue))
        except WorkflowQueryFailedError as failed:
            return [Difference("a workflow", f"its history differs: {failed}", "the worker's log")]
        self._counts["streams verified"] += report.streams
        self._counts["compared with their workflows"] += report.compared
        return [
            Difference(place.partition(":")[0], place, "privacy ledger verify")
            for place in (*report.faults, *report.differences)
        ]


async def rows_of(office: Office, customer: Customer) -> int:
    """Count a consumer's rows that an erasure must remove."""
    return sum((await office.shop.rows(customer)).values())


def _state_differs(played: Played, state: RequestState) -> Iterator[str]:
    story = played.plan.story
    if state.closed is not story.closes:
        yield f"{story.name}: it stands at {state.stage}"
    if state.outcome is not story.outcome:
        yield f"{story.name}: its outcome is {state.outcome}, not {story.outcome}"
    if state.parked:
        yield f"{story.name}: parked at {state.parked.step}"
