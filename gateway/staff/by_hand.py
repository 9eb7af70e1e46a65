"""Reading the form by which staff take a request down: the table of questions, field by field."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from domain.paths import PATHS
from domain.policy import Policy
from domain.submission import Submission
from domain.taking_down import Question, Wrong, body_of, questions
from domain.vocabulary import PointOfIdentity, Requester
from gateway.fields import validate
from gateway.points import INPUTS
from gateway.problems import FieldProblem, Problem

CORRECTIONS = 3
"""Rows for corrections; more of them come in writing."""
POINTS = tuple(
    field
    for kind, field in INPUTS.items()
    if kind not in {PointOfIdentity.FULL_NAME, PointOfIdentity.EMAIL}
)
"""Details to be known by; name and e-mail address are asked for anyway."""

Typed = Mapping[str, str]
Faults = dict[str, str]
"""Question to the sentence that says what to answer instead."""

_NEEDED = "This is needed."
# What later questions go by while an earlier one is still wrong.
_MEANWHILE: Mapping[str, Any] = {"type": (), "requester": Requester.CONSUMER}
_ASKED_AT = {
    "/request_types": "type",
    "/requester": "requester",
    "/consumer/name": "name",
    "/consumer/email": "email",
    "/consumer/postal_address": "address",
    "/corrections": "correction",
    "/received_at": "received_on",
    "/birth_date": "birth_date",
    "/points": "points",
    "/message": "message",
}


class ByHand:
    """One form that was sent: the submission it makes, or ``faults`` that name what to mend."""

    def __init__(self, typed: Typed, policy: Policy, now: datetime) -> None:
        self._typed = typed
        self._policy = policy
        self._now = now
        self.faults: Faults = {}

    def submission(self) -> Submission | None:
        """Return what was taken down, or ``None`` where something is to be mended first."""
        answers: dict[str, Any] = {}
        for question in questions(self._now, self._policy):
            try:
                self._answer(question, answers)
            except Wrong as wrong:
                self.faults[question.name] = str(wrong)
                answers[question.name] = _MEANWHILE.get(question.name)
        return None if self.faults else self._validated(answers)

    def mend(self, problem: Problem) -> None:
        """Show what the rules of intake found beside the fields that it is about."""
        for each in problem.errors:
            self.faults.setdefault(_asked_at(each), each.detail)

    def _answer(self, question: Question, answers: dict[str, Any]) -> None:
        text = self._text(question.name)
        if text:
            answers[question.name] = question.read(text)
        elif question.wanted(answers):
            if question.default is None:
                raise Wrong(_NEEDED)
            answers[question.name] = question.read(question.default)

    def _text(self, name: str) -> str:
        match name:
            case "birth_date" if self._of("requester") != Requester.PARENT:
                # Of others it is a detail to be known by, and no more.
                return ""
            case "type":
                return " ".join(right for right in PATHS if f"type.{right}" in self._typed)
            case "points":
                return self._filled((f"{field.kind}=", field.kind) for field in POINTS)
            case "correction":
                rows = range(1, CORRECTIONS + 1)
                return self._filled((f"{self._of(f'field_{n}')}=", f"claimed_{n}") for n in rows)
        return self._of(name)

    def _filled(self, rows: Iterable[tuple[str, str]]) -> str:
        """Return the rows of which anything was filled in, as lines that a question reads."""
        lines = ((before, self._of(name)) for before, name in rows)
        return "".join(f"{before}{text}\n" for before, text in lines if text)

    def _of(self, name: str) -> str:
        return self._typed.get(name, "").strip()

    def _validated(self, answers: Mapping[str, Any]) -> Submission | None:
        try:
            return validate(Submission, body_of(answers, self._policy, self._now))
        except Problem as problem:
            self.mend(problem)
        return None


def _asked_at(problem: FieldProblem) -> str:
    found = (name for place, name in _ASKED_AT.items() if problem.pointer.startswith(place))
    return next(found, "type")
