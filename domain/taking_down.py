"""Taking a request down by hand, at the terminal or on the staff's form: one table of questions.

Each answer is read and judged at once. What was given already is not asked; where nobody can be
asked, nothing is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import EmailStr, TypeAdapter, ValidationError

from domain.paths import PATHS, Proof, path_of
from domain.policy import Policy
from domain.submission import CORRECTING, Line
from domain.vocabulary import (
    FOR_ANOTHER,
    Channel,
    Language,
    PointOfIdentity,
    Requester,
    RequestType,
    Residency,
)

Read = Callable[[str], Any]
Given = Mapping[str, Any]
Word = TypeVar("Word", bound=StrEnum)

_EMAIL: TypeAdapter[str] = TypeAdapter(EmailStr)
_LINE: TypeAdapter[str] = TypeAdapter(Line)
_TAKEN_BY_HAND = (Channel.PHONE, Channel.POST, Channel.IN_PERSON, Channel.EMAIL, Channel.WEB_FORM)
_NOON = time(12)


class Wrong(ValueError):
    """An answer that does not do; says what to answer instead."""


class Unasked(Exception):
    """Something needed was not given, and there is nobody to ask."""


@dataclass(frozen=True)
class Question:
    """One thing to know: the option that gives it, the words that ask for it, how it is read."""

    name: str
    words: str
    read: Read
    default: str | None = None
    wanted: Callable[[Given], bool] = lambda given: True

    @property
    def option(self) -> str:
        """The command line's option."""
        return "--" + self.name.replace("_", "-")


def answered(given: Given, questions: Sequence[Question], ask: Callable[[Question], Any]) -> Given:
    """Return every answer: read from what was given, else asked for.

    Raises:
        Wrong: something given does not do; it names the option.
        Unasked: raised by ``ask`` where nobody can be asked.
    """
    answers: dict[str, Any] = {}
    for question in questions:
        text = given.get(question.name)
        if text is not None:
            answers[question.name] = _read(question, text)
        elif question.wanted(answers):
            answers[question.name] = ask(question)
    return answers


def body_of(answers: Given, policy: Policy, now: datetime) -> dict[str, Any]:
    """Return the submission as the gateway takes it."""
    agent = {"name": answers.get("agent_name"), "email": answers.get("agent_email")}
    consumer = {
        "name": answers.get("name") or "",
        "email": answers.get("email") or None,
        "postal_address": answers.get("address") or (),
    }
    body = {
        "request_types": answers["type"],
        "consumer": {key: value for key, value in consumer.items() if value},
        "requester": answers["requester"],
        "agent": agent if answers["requester"] in FOR_ANOTHER else None,
        "channel": answers["channel"],
        "received_at": _instant(answers["received_on"], policy, now).isoformat(),
        "residency": answers["residency"],
        "language": answers["language"],
        "points": answers.get("points") or None,
        "corrections": answers.get("correction") or None,
        "birth_date": _day(answers.get("birth_date")),
        "message": answers.get("message") or None,
    }
    return {key: value for key, value in body.items() if value is not None}


def questions(now: datetime, policy: Policy) -> tuple[Question, ...]:
    """Return what is asked, in order."""
    today = now.astimezone(policy.zone).date()
    return (
        Question("type", f"What is asked for? One or more of: {_listed(PATHS)}", _types),
        Question("channel", f"How did it reach us? {_listed(_TAKEN_BY_HAND)}", _one_of(Channel)),
        Question(
            "received_on",
            "On which day did it first reach anybody here?",
            lambda text: _contact(text, today),
            default=today.isoformat(),
        ),
        Question(
            "requester",
            f"Who asks? {_listed(Requester)}",
            _one_of(Requester),
            default=Requester.CONSUMER,
        ),
        Question("name", "Name of the person whose data it is", _line, wanted=_needs_name),
        Question("email", "E-mail address; empty if there is none", _email, default=""),
        Question(
            "address",
            "Postal address, its lines divided by semicolons",
            _lines,
            wanted=lambda given: _needs_name(given) and not given.get("email"),
        ),
        Question("agent_name", "Name of who asks", _line, wanted=_for_another),
        Question("agent_email", "E-mail address of who asks", _needed_email, wanted=_for_another),
        Question(
            "birth_date",
            "Day of birth of the young person, if it is known",
            _optional_day,
            default="",
            wanted=lambda given: given["requester"] == Requester.PARENT,
        ),
        Question(
            "correction",
            "What is wrong? Write: field = right value; next field = its right value",
            _corrections,
            wanted=lambda given: not CORRECTING.isdisjoint(given["type"]),
        ),
        Question(
            "points",
            f"Details to be known by, as phone=…; order_number=… ({_listed(PointOfIdentity)})",
            _points,
            default="",
            wanted=_needs_name,
        ),
        Question(
            "residency",
            f"Where do they live? {_listed(Residency)}",
            _one_of(Residency),
            default=Residency.UNKNOWN,
        ),
        Question(
            "language",
            f"Language of the letters? {_listed(Language)}",
            _one_of(Language),
            default=Language.ENGLISH,
        ),
        Question("message", "What did they say, in their own words?", _text, default=""),
    )


def _read(question: Question, text: str) -> Any:
    try:
        return question.read(text)
    except Wrong as wrong:
        raise Wrong(f"{question.option}: {wrong}") from None


def _listed(words: Any) -> str:
    return ", ".join(str(word) for word in words)


def _needs_name(given: Given) -> bool:
    """An opt-out asks for no more than finds the person (REQ-09)."""
    return any(path_of(right).proof is not Proof.NOTHING for right in given["type"])


def _for_another(given: Given) -> bool:
    return given["requester"] in FOR_ANOTHER


def _one_of(words: type[Word]) -> Callable[[str], Word]:
    def read(text: str) -> Word:
        plain = text.strip().lower()
        found = next((word for word in words if word.lower() == plain), None)
        if found is None:
            raise Wrong(f"Answer with one of: {_listed(words)}.")
        return found

    return read


def _types(text: str) -> tuple[RequestType, ...]:
    named = [part for part in text.replace(",", " ").split() if part]
    rights = tuple(dict.fromkeys(_one_of(RequestType)(part) for part in named))
    if not rights or any(right not in PATHS for right in rights):
        raise Wrong(f"Answer with one or more of: {_listed(PATHS)}.")
    return rights


def _contact(text: str, today: date) -> date:
    day = _a_day(text)
    if day > today:
        raise Wrong("That day has not come yet; enter the day of the first contact.")
    return day


def _a_day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Wrong("Write the day as 2026-11-23.") from None


def _optional_day(text: str) -> date | None:
    return _a_day(text) if text.strip() else None


def _line(text: str) -> str:
    try:
        return _LINE.validate_python(text)
    except ValidationError:
        raise Wrong("Write one line of up to 200 characters.") from None


def _lines(text: str) -> tuple[str, ...]:
    lines = tuple(_line(part) for part in _divided(text))
    if not 1 < len(lines) <= 6:
        raise Wrong("Write two to six lines, as: 1480 Guerrero Street; San Francisco, CA 94110")
    return lines


def _email(text: str) -> str:
    return _needed_email(text) if text.strip() else ""


def _needed_email(text: str) -> str:
    try:
        return _EMAIL.validate_python(text.strip())
    except ValidationError:
        raise Wrong("That is no e-mail address.") from None


def _text(text: str) -> str:
    if len(text) > 4000:
        raise Wrong("Write at most 4,000 characters.")
    return text.strip()


def _divided(text: str) -> list[str]:
    """Return the entries of an answer: its lines where it has any, else what semicolons divide."""
    parts = text.splitlines() if "\n" in text else text.split(";")
    return [part.strip() for part in parts if part.strip()]


def _corrections(text: str) -> tuple[dict[str, str], ...]:
    return tuple(_correction(part) for part in _divided(text))


def _correction(text: str) -> dict[str, str]:
    field, divided, value = text.partition("=")
    named = field.strip().lower().replace(" ", "_")
    if not divided or not named.isidentifier():
        raise Wrong("Write it as: phone = +1 415 555 0142")
    return {"field": named, "claimed": _line(value)}


def _points(text: str) -> dict[PointOfIdentity, str]:
    points = {}
    for part in _divided(text):
        kind, divided, value = part.partition("=")
        if not divided:
            raise Wrong("Write them as: phone=+1 415 555 0142; customer_number=C-004211")
        points[_one_of(PointOfIdentity)(kind)] = _line(value)
    return points


def _instant(day: date, policy: Policy, now: datetime) -> datetime:
    """Return an instant on the day of the first contact, never ahead of now (REQ-08)."""
    return min(datetime.combine(day, _NOON, policy.zone).astimezone(UTC), now)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
