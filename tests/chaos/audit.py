"""Afterwards: is every request as the model predicts, and did everything happen once?"""

from collections import Counter
from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from domain import events as e
from domain.decisions.inbox import MAIL_RECEIVED
from domain.ids import outside_stream
from domain.outside import LateMessageStored
from domain.state import RequestState
from tests.chaos import business
from tests.chaos.cast import Played
from tests.chaos.letters import LetterAudit
from tests.chaos.provider import PROVIDER
from tests.chaos.stories import Story
from tests.e2e.helpers import Helpers
from tests.e2e.office import Office
from workers.engine import TemporalEngine
from workers.ledger_check import check

ONCE = (
    "RequestReceived",
    "LetterBounced",
    "AddressConfirmed",
    "IdentityVerified",
    "ExtensionApproved",
    "RequestApproved",
    "RequestDenied",
    "DataErased",
    "DataCorrected",
    "ChoiceApplied",
    "ReportCompiled",
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


@dataclass(frozen=True)
class Before:
    """The business's rows before anything was asked: of each customer, and of all together."""

    rows: Mapping[int, Mapping[str, int]]
    totals: Mapping[str, int]


class Audit:
    """Looks at every request of a run from outside: rows, letters, ledger, workflow."""

    def __init__(
        self, office: Office, helpers: Helpers, before: Before, taken: Iterable[str]
    ) -> None:
        """``taken`` names the directions that the provider with an engineer took."""
        self._office = office
        self._helpers = helpers
        self._before = before
        self._taken = frozenset(taken)
        self._engine = TemporalEngine(office.client, office.settings.task_queue)
        self._counts: Counter[str] = Counter()

    async def all(self, played: Sequence[Played]) -> Findings:
        """Look at all of it; what cannot be looked at is a difference too."""
        found = [difference for each in played for difference in await self._looked_at(each)]
        found += await _or_why_not("the totals", self._totals(played))
        connection = await asyncpg.connect(self._office.settings.secret("dsn"))
        try:
            letters = LetterAudit(self._office, connection, self._counts)
            wrong = await letters.all(
                [each.case.request_id for each in played],
                {each.case.request_id for each in played if each.plan.story.ends_unproved},
            )
            found += [Difference(*each) for each in wrong]
            found += await _or_why_not("the ledger", self._chains(connection))
        finally:
            await connection.close()
        return Findings(self._counts, tuple(found))

    async def _looked_at(self, played: Played) -> list[Difference]:
        return await _or_why_not(played.case.request_id, self._request(played))

    async def _request(self, played: Played) -> list[Difference]:
        case, story = played.case, played.plan.story
        state = await case.ledger_state()
        wrong = [
            *state_differs(story, state),
            *await self._rows_differ(played),
            *await self._business_differs(played),
            *await self._repeated(played),
            *await self._mails_differ(played),
            *await self._unwatched(state),
            *self._untold(state),
        ]
        self._counts[f"{story.name}: {'closed' if state.closed else state.stage}"] += 1
        look = f"privacy ledger verify --request {case.request_id}; the workflow in the Web UI"
        return [Difference(case.request_id, what, look) for what in wrong]

    async def _rows_differ(self, played: Played) -> list[str]:
        before = self._before.rows[played.plan.customer.id]
        predicted = predicted_rows(played.plan.story, before)
        rows = await self._office.shop.rows(played.plan.customer)
        self._counts["rows erased"] += sum(before.values()) - sum(rows.values())
        return [
            f"{rows[table]} rows in {table}, not {wanted}"
            for table, wanted in predicted.items()
            if rows[table] != wanted
        ]

    async def _business_differs(self, played: Played) -> list[str]:
        plan, case = played.plan, played.case
        at = business.Looked(
            self._office, self._helpers, plan.customer, plan.phone, case.request_id
        )
        said = [await must(at) for must in plan.story.must]
        return [each for each in said if each]

    async def _repeated(self, played: Played) -> list[str]:
        rows = await played.case.query(
            "SELECT stream, document->>'type' AS type, count(*) AS times FROM privacy.ledger"
            " WHERE split_part(stream, '.', 1) = $1 GROUP BY 1, 2",
            played.case.request_id,
        )
        self._counts["events"] += sum(row["times"] for row in rows)
        return [
            f"{row['type']} stands {row['times']} times in {row['stream']}"
            for row in rows
            if row["type"] in ONCE and row["times"] > 1
        ]

    async def _mails_differ(self, played: Played) -> list[str]:
        """Every mail that its consumer wrote is with the request, once.

        What rules alone carry out may be closed before the mail that asked for it is delivered.
        """
        written = len(played.plan.story.words)
        late = await played.case.query(
            "SELECT n FROM privacy.ledger WHERE stream = $1 AND document->>'type' = $2"
            " AND document->'data'->>'kind' = $3",
            outside_stream(played.case.request_id),
            LateMessageStored.__name__,
            MAIL_RECEIVED,
        )
        read = len(await played.case.events(e.MessageReceived)) + len(late)
        return [f"{read} mails are with it, {written} were written"] if read != written else []

    async def _unwatched(self, state: RequestState) -> list[str]:
        """An open request without a workflow is a duty that nobody carries."""
        if state.closed or await self._engine.is_running(state.request_id):
            return []
        return ["it is open, and no workflow runs"]

    def _untold(self, state: RequestState) -> list[str]:
        """A direction that counts as confirmed must have reached its provider."""
        stream = f"{state.request_id}.{PROVIDER}"
        directed = PROVIDER in (state.providers or {})
        return [f"{PROVIDER} never got {stream}"] if directed and stream not in self._taken else []

    async def _totals(self, played: Sequence[Played]) -> list[Difference]:
        """Hold the numbers of everybody's rows against what the requests may have erased."""
        predicted = Counter(self._before.totals)
        for each in played:
            before = self._before.rows[each.plan.customer.id]
            after = predicted_rows(each.plan.story, before)
            predicted.subtract({table: before[table] - after[table] for table in before})
        now = await business.totals(self._office)
        return [
            Difference("nobody's", f"{table} has {now[table]} rows, not {wanted}", "the shop")
            for table, wanted in predicted.items()
            if now[table] != wanted
        ]

    async def _chains(self, conn: asyncpg.Connection) -> list[Difference]:
        report = await check(conn, self._engine)
        self._counts["streams verified"] += report.streams
        self._counts["compared with their workflows"] += report.compared
        silent = [f"{stream}: its workflow does not answer" for stream in report.unanswered]
        return [
            Difference(place.partition(":")[0], place, "privacy ledger verify")
            for place in (*report.faults, *report.differences, *silent)
        ]


def predicted_rows(story: Story, before: Mapping[str, int]) -> dict[str, int]:
    """Return how many rows a customer has in the end, by table."""
    if story.erased:
        return dict.fromkeys(before, 0)
    if business.off_the_lists in story.must:
        return {**before, "marketing_contacts": 0}
    return dict(before)


def state_differs(story: Story, state: RequestState) -> Iterator[str]:
    """Say how a request stands otherwise than its story ends."""
    if state.closed is not story.closes:
        yield f"{story.name}: it stands at {state.stage}"
    if state.outcome is not story.outcome:
        yield f"{story.name}: its outcome is {state.outcome}, not {story.outcome}"
    if state.parked:
        yield f"{story.name}: parked at {state.parked.step}"
    if state.breached:
        yield f"{story.name}: a due date was missed"


async def _or_why_not(what: str, looking: Awaitable[list[Difference]]) -> list[Difference]:
    try:
        return await looking
    except Exception as fault:
        said = f"could not be looked at: {type(fault).__name__}: {fault}"
        return [Difference(what, said, "the logs of this run")]
