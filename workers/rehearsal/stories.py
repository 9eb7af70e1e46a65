"""The three stories of the demonstration, played through the real doors."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain import clocks, policies
from domain.days import local_instant
from domain.ids import direction_stream
from domain.situation import DECISION_IN_WORDS
from domain.state import RequestState
from domain.vocabulary import NoticeKind, PointOfIdentity
from samples.business.people import ANA_RUIZ, BEN_OKAFOR, CLARA_WEISS, SamplePerson
from workers.rehearsal.narrator import Narrator
from workers.rehearsal.people import People

STAFF = "s.lee"
OFFERED = (PointOfIdentity.PHONE, PointOfIdentity.POSTAL_ADDRESS, PointOfIdentity.CUSTOMER_NUMBER)
A_MINUTE = timedelta(minutes=1)
EXTENDED_ON_DAY = 40
ANSWERED_LATE_BY = timedelta(days=4)


@dataclass(frozen=True)
class Played:
    """A story that was played to its end."""

    story: str
    person: SamplePerson
    request_id: str


class Stage:
    """What the stories share: people, a narrator, and one request after another."""

    def __init__(self, people: People, narrator: Narrator) -> None:
        self._people = people
        self._narrator = narrator

    async def play(self, title: str, person: SamplePerson, story: "Story") -> Played:
        """File the person's request and play its story."""
        self._narrator.story(title)
        async with self._narrator.step("file the request"):
            filed = await self._people.file(submission_of(person))
        request_id = filed["request_id"]
        state = await self._until(request_id, "receipt", lambda state: state.received)
        assert state.received_at is not None
        self._narrator.received(state.received_at)
        dates = filed["dates"]
        self._narrator.say(
            f"filed over HTTP as {request_id}; receipt confirmed by "
            f"{dates['confirm_receipt_by']}, answered by {dates['answer_by']}",
            state.at,
        )
        await self._until(request_id, "the letter that confirms receipt", _letter_out(_N01))
        self._narrator.say("letter: we have received your request", await self._now(request_id))
        await story(self, request_id)
        return Played(title, person, request_id)

    async def extended_and_erased(self, request_id: str) -> None:
        """(a) Verified, extended on day 40, approved, erased, acknowledged, closed."""
        await self._verified(request_id)
        await self._pass_days(request_id, EXTENDED_ON_DAY)
        async with self._narrator.step("extend the deadline"):
            await self._people.act(
                request_id, "extend_deadline", decided_by=STAFF, reason="complex_systems"
            )
        state = await self._until(request_id, "the extension", _extension_holds)
        self._narrator.say(f"extension letter accepted; now due {state.respond_by}", state.at)
        await self._approved_and_answered(request_id)

    async def never_verified(self, request_id: str) -> None:
        """(b) Nobody presses the link: on day 45 the window ends."""
        self._narrator.say("nobody opens the link", await self._now(request_id))
        state = await self._people.state(request_id)
        assert state.dates is not None
        closes = state.dates.window_closes_at
        assert closes is not None
        async with self._narrator.step("let the evidence window end"):
            await self._people.forward_to(request_id, closes + A_MINUTE)
        state = await self._until(request_id, "the opt-out", lambda state: state.opted_out_on)
        self._narrator.say("not verified: nothing deleted, treated as an opt-out", state.at)
        await self._closed(request_id, NoticeKind.UNVERIFIED_DELETION)

    async def never_decided(self, request_id: str) -> None:
        """(c) Verified, but no decision: warnings, a breach, a late answer."""
        await self._verified(request_id)
        state = await self._people.state(request_id)
        for warning in _warnings(state):
            async with self._narrator.step(f"let day {warning.day} come"):
                await self._people.forward_to(request_id, warning.at + A_MINUTE)
            await self._until(request_id, "the warning", _warned(warning.day))
            self._narrator.say(
                f"mail to staff: no decision yet, due {state.respond_by}",
                await self._now(request_id),
            )
        deadline = _deadline(state)
        async with self._narrator.step("let the due date pass"):
            await self._people.forward_to(request_id, deadline + timedelta(hours=1))
        state = await self._until(request_id, "the breach", lambda state: state.breached)
        self._narrator.say(f"breach of {state.breached[0]} recorded; staff alerted", state.at)
        await self._until(request_id, "the apology", _letter_out(NoticeKind.LATE_ANSWER))
        self._narrator.say("letter: we are late, and sorry", await self._now(request_id))
        async with self._narrator.step("let some days pass"):
            await self._people.forward_to(request_id, deadline + ANSWERED_LATE_BY)
        await self._approved_and_answered(request_id)

    async def _verified(self, request_id: str) -> None:
        async with self._narrator.step("press the link"):
            await self._people.confirm_address(request_id)
        state = await self._until(request_id, "the survey", lambda state: state.holdings)
        assert state.verified is not None
        self._narrator.say(
            f"address confirmed; identity verified by {state.verified.points_counted} points "
            "of one person; staff are asked to decide",
            state.at,
        )

    async def _pass_days(self, request_id: str, day: int) -> None:
        state = await self._people.state(request_id)
        assert state.received_at is not None
        async with self._narrator.step(f"let {day} days pass"):
            await self._people.forward_to(request_id, state.received_at + timedelta(days=day))
        self._narrator.say(
            f"{day} days have passed, warnings included", await self._now(request_id)
        )

    async def _approved_and_answered(self, request_id: str) -> None:
        state = await self._people.state(request_id)
        assert state.holdings is not None
        grounds = sorted({kept.ground for kept in state.holdings.retained})
        async with self._narrator.step("approve"):
            await self._people.act(request_id, "approve", decided_by=STAFF, confirm_grounds=grounds)
        await self._erased(request_id)
        await self._acknowledged(request_id)
        await self._closed(request_id)

    async def _erased(self, request_id: str) -> None:
        state = await self._until(request_id, "the erasure", lambda state: state.erased)
        assert state.erased is not None
        erased = sum(state.erased.absent.values())
        kept = sum(each.rows for each in state.erased.retained)
        self._narrator.say(
            f"approved by {STAFF}; {erased} rows erased and proven absent, {kept} kept by law",
            state.at,
        )

    async def _acknowledged(self, request_id: str) -> None:
        state = await self._until(
            request_id, "the directions", lambda state: state.providers is not None
        )
        for provider, view in (state.providers or {}).items():
            stream = direction_stream(request_id, provider)
            async with self._narrator.step(f"wait for {view.name}"):
                ended = await self._people.until_direction(
                    stream, "the acknowledgement", lambda direction: direction.ended
                )
            self._narrator.say(f"{view.name}: {ended.standing}", ended.standing_at)

    async def _closed(self, request_id: str, notice: NoticeKind | None = None) -> None:
        state = await self._until(request_id, "the answer", lambda state: state.answered)
        if notice is not None:
            await self._until(request_id, "its letter", _letter_out(notice))
        assert state.outcome is not None
        self._narrator.say(f"answered: {DECISION_IN_WORDS[state.outcome]}", state.answered_at)
        state = await self._until(request_id, "the close", lambda state: state.closed)
        self._narrator.say(f"closed; the record is kept until {state.retain_until}", state.at)

    async def _until(
        self, request_id: str, what: str, holds: Callable[[RequestState], object]
    ) -> RequestState:
        async with self._narrator.step(f"wait for {what}"):
            return await self._people.until(request_id, what, holds)

    async def _now(self, request_id: str) -> datetime:
        return await self._people.time.now(request_id)


Story = Callable[[Stage, str], Awaitable[None]]

STORIES: tuple[tuple[str, SamplePerson, Story], ...] = (
    ("(a) extended on day 40, then erased", ANA_RUIZ, Stage.extended_and_erased),
    ("(b) never verified", BEN_OKAFOR, Stage.never_verified),
    ("(c) verified and never decided", CLARA_WEISS, Stage.never_decided),
)

_N01 = NoticeKind.ACKNOWLEDGEMENT


def submission_of(person: SamplePerson) -> dict[str, object]:
    """Return what an intake system files for a person of the sample business."""
    return {
        "request_types": ["delete"],
        "consumer": {"name": person.name, "email": person.email},
        "residency": "CA",
        "points": {kind: person.points[kind] for kind in OFFERED},
    }


def _letter_out(notice: NoticeKind) -> Callable[[RequestState], bool]:
    def out(state: RequestState) -> bool:
        letter = state.letter_of(notice)
        return letter is not None and letter.accepted_at is not None

    return out


def _extension_holds(state: RequestState) -> bool:
    return state.extension is not None and state.extension.status == "effective"


def _warned(day: int) -> Callable[[RequestState], bool]:
    return lambda state: f"response:{day}" in state.warned


def _warnings(state: RequestState) -> list[clocks.Warning]:
    policy = policies.get(state.pinned)
    assert state.received_at is not None
    dates = clocks.request_dates(policy, state.request_type, state.residency, state.received_at)
    return [each for each in clocks.warnings(policy, dates, None) if each.kind == "response"]


def _deadline(state: RequestState) -> datetime:
    assert state.respond_by is not None
    policy = policies.get(state.pinned)
    return local_instant(state.respond_by, policy.warn_at, policy) + timedelta(days=1)
