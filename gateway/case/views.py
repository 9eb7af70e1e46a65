"""What stands on the case page, section by section."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain import signed_in
from domain.clocks import local_date
from domain.events import RequestFrozen
from domain.outside import IncidentReported
from domain.paths import Proof, path_of
from domain.situation import DECISION_IN_WORDS, proposed
from domain.submission import Submission
from domain.timeline import sentence
from domain.vocabulary import Role
from gateway.case import words
from gateway.case.dossier import Case, Document, is_outside
from gateway.case.forms import CaseForms, Form, direction_forms
from gateway.case.papers import KINDS, Paper, paper, paper_without_original
from gateway.case.personal import Personal
from gateway.staff.words import action_in_words, stage_in_words

Facts = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Happening:
    """One event in words, with the note that its author left."""

    at: str
    whose: str
    says: str
    note: str = ""
    view: bool = False


@dataclass(frozen=True)
class Freeze:
    """Who froze a request after a misdelivery, when, and the note that says why."""

    by: str
    at: str
    note: str


@dataclass(frozen=True)
class Direction:
    """One provider: where it stands and what can be done about it."""

    id: str
    name: str
    standing: str
    final: bool
    facts: Facts
    forms: Sequence[Form]


_FREEZES = (RequestFrozen.__name__, IncidentReported.__name__)


async def page_of(case: Case, personal: Personal, roles: frozenset[Role]) -> dict[str, Any]:
    """Return everything that the template shows."""
    state, policy = case.state, case.policy
    submission = await personal.submission()
    today = local_date(case.now, policy)
    forms = CaseForms(state, policy, case.now, roles, case.repeats)
    return {
        "case": case,
        "title": path_of(state.request_type).in_words,
        "stage": stage_in_words(state.stage),
        "todo": action_in_words(state.needs_action),
        "left": words.time_left(state, policy, today),
        "dates": words.due_dates(state, policy),
        "asked": tuple(_asked(case, submission)),
        "related": tuple(_related(case)),
        "submission": submission,
        "offered": tuple(_offered(submission)),
        "comparison": await personal.comparison(),
        "needs_identity": path_of(state.request_type).proof is Proof.IDENTITY,
        "plan": await personal.plan(),
        "papers": [each async for each in _papers(case, personal)],
        "letters": [each for each in case.letters if each.audience != "provider"],
        "directions": list(_directions(case, roles)),
        "forms": forms.likely(),
        "seldom": forms.seldom(),
        "freeze": await _freeze(case, personal),
        "timeline": [each async for each in _timeline(case, personal)],
        "decision": DECISION_IN_WORDS.get(state.decision, "") if state.decision else "",
        "sentences": {each.code: each.text.en for each in policy.deletion.exceptions},
    }


def _asked(case: Case, submission: Submission | None) -> Iterator[tuple[str, str]]:
    request = case.request
    yield "Received", f"{local_date(request.received_at, case.policy):%-d %b %Y}"
    yield "By", words.channel(request.channel)
    yield "Who asks", words.REQUESTERS[request.requester]
    yield "Lives in", words.RESIDENCIES.get(request.residency, "elsewhere")
    yield "Language", "Spanish" if request.language == "es" else "English"
    if proposal := proposed(case.state, case.policy):
        yield "By the rules", proposal
    if submission is None:
        return
    if submission.agent is not None:
        yield "Acts for the consumer", f"{submission.agent.name}, {submission.agent.email}"
    if submission.birth_date is not None:
        yield "Date of birth", str(submission.birth_date)
    if submission.period is not None:
        yield "Asks about", f"{submission.period.first} to {submission.period.last}"
    if submission.testimonial:
        yield "Testimonial", submission.testimonial


def _related(case: Case) -> Iterator[tuple[str, Sequence[str]]]:
    if case.repeats:
        yield "Asked before, and still open", case.repeats
    if case.state.merged is not None:
        yield "Answered with", (case.state.merged.lead,)


def _offered(submission: Submission | None) -> Iterator[tuple[str, str]]:
    for kind, text in submission.points.items() if submission else ():
        yield words.point(kind), text


async def _papers(case: Case, personal: Personal) -> AsyncIterator[Paper]:
    for message in case.messages:
        if message.kind in KINDS and message.evidence_hash:
            evidence = await personal.evidence(message)
            if evidence is not None:
                yield paper(message, evidence)
            else:
                said, purged = await personal.said(message), case.request.purged_at is not None
                yield paper_without_original(message, said, purged=purged)


def _directions(case: Case, roles: frozenset[Role]) -> Iterator[Direction]:
    for provider, view in (case.state.providers or {}).items():
        state = case.directions[provider]
        yield Direction(
            id=provider,
            name=view.name,
            standing=words.spaced(state.standing),
            final=view.final,
            facts=tuple(_of_direction(state)),
            forms=direction_forms(state, roles),
        )


def _of_direction(state: Any) -> Iterator[tuple[str, str]]:
    if state.issued is not None:
        yield "Directed to", words.spaced(state.issued.action)
        yield "By", words.spaced(state.issued.protocol)
    if state.confirm_by is not None:
        yield "To confirm by", str(state.confirm_by)
    if state.standing_at is not None:
        yield "Since", f"{state.standing_at:%Y-%m-%d %H:%M} UTC"
    if state.reason:
        yield "Reason", words.spaced(state.reason)
    if state.undeliverable:
        yield "Undeliverable", words.spaced(state.undeliverable)


async def _timeline(case: Case, personal: Personal) -> AsyncIterator[Happening]:
    """Yield every event in words, the newest first, with the notes of staff."""
    for document in reversed(case.documents):
        yield Happening(
            at=_minute(document["at"]),
            whose=_whose(case, document),
            says=sentence(document["type"], document["data"]),
            note=await _note(case, personal, document),
            view=document["type"] == "PersonalDataViewed",
        )


async def _freeze(case: Case, personal: Personal) -> Freeze | None:
    """Return how the request came to be frozen, if it is, with the note that was sent along."""
    if case.state.frozen is None and case.request.frozen_at is None:
        return None
    places = [n for n, one in enumerate(case.documents) if one["type"] in _FREEZES]
    froze, before = case.documents[places[-1]], case.documents[places[-1] - 1]
    return Freeze(
        by=froze["data"]["actor"]["id"],
        at=_minute(froze["at"]),
        note=await _note(case, personal, before),
    )


def _whose(case: Case, document: Document) -> str:
    if is_outside(case, document):
        return "Access"
    provider = str(document["stream"]).removeprefix(case.id).removeprefix(".").partition(".")[0]
    known = (case.state.providers or {}).get(provider)
    return known.name if known else provider or "Request"


async def _note(case: Case, personal: Personal, document: Document) -> str:
    if document["type"] != "StaffActed":
        return ""
    message = case.message(_row(document["data"]))
    if message is None or message.kind != signed_in.KIND:
        return ""
    note = await personal.evidence(message)
    return note.decode(errors="replace") if note else ""


def _minute(instant: str) -> str:
    return f"{instant[:10]} {instant[11:16]} UTC"


def _row(data: Mapping[str, Any]) -> int:
    return int(data["inbox"])
