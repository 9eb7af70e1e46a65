"""Reading the request form: what was typed, as a submission, or what to mend."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import EmailStr, TypeAdapter, ValidationError

from domain.submission import Submission
from domain.typed_line import is_one_line, without_unseen
from domain.vocabulary import Language, PointOfIdentity, Requester, Residency
from gateway.points import LONGEST, Faults, read_points
from gateway.wishes import Choice

MOST_CORRECTIONS = 5
LONGEST_TEXT = 4000
CORRECTED_FIELDS = (
    "full_name",
    "email",
    "phone",
    "postal_address",
    "birth_date",
    "employer",
    "job_title",
    "other",
)
"""What people most often correct; the workflow takes any field of the data map."""

_EMAIL: TypeAdapter[str] = TypeAdapter(EmailStr)
Typed = Mapping[str, str]


class RequestFields:
    """The fields of one sent form. ``faults`` names what to mend, in the order of the page."""

    def __init__(self, choice: Choice, typed: Typed, today: date) -> None:
        self._choice = choice
        self._typed = typed
        self._today = today
        self.faults: Faults = {}

    @property
    def corrections_shown(self) -> int:
        """How many rows for corrections stand on the page."""
        shown = self._typed.get("corrections", "")
        return min(max(int(shown), 1), MOST_CORRECTIONS) if shown.isdecimal() else 1

    def submission(self, language: Language) -> Submission | None:
        """Return what was asked, or ``None`` where something is to be mended first."""
        asked: dict[str, Any] = {
            "request_types": self._choice.wishes,
            "requester": self._choice.asker,
            "language": language,
            **self._people(),
            **self._details(),
        }
        return None if self.faults else Submission.model_validate(asked)

    def _people(self) -> dict[str, Any]:
        child = self._choice.asker is Requester.PARENT
        agent = self._agent() if self._choice.for_another else None
        consumer = {"name": self._line("name")} if not self._choice.is_opt_out else {}
        # A child's letters go to the parent, who may know of no address of the child's own.
        address = agent["email"] if child and agent else self._email("email")
        born = {"birth_date": self._birth_date()} if self._choice.names_age else {}
        return {"consumer": {**consumer, "email": address}, "agent": agent, **born}

    def _birth_date(self) -> date:
        day = self._day("birth_date")
        if day > self._today:
            self.faults.setdefault("birth_date", "in_future")
        return day

    def _agent(self) -> dict[str, Any]:
        entity = self._typed.get("agent_entity") == "yes"
        return {
            "name": self._line("agent_name"),
            "email": self._email("agent_email"),
            "entity": entity,
        }

    def _details(self) -> dict[str, Any]:
        choice, details = self._choice, dict[str, Any]()
        if not choice.is_opt_out:
            details["residency"] = self._residency()
            details["message"] = self._text("message")
        if choice.discloses:
            details["period"] = self._period()
        if choice.corrects:
            details["corrections"] = self._corrections()
        if choice.testimonial:
            details["testimonial"] = self._line("testimonial")
        known = (*choice.points, PointOfIdentity.BIRTH_DATE) if choice.names_age else choice.points
        points, faults = read_points(self._typed, known)
        for kind, fault in faults.items():
            self.faults.setdefault(kind, fault)
        return {**details, "points": points}

    def _residency(self) -> Residency:
        stated = self._typed.get("residency", "")
        return Residency(stated) if stated in {*Residency} else Residency.UNKNOWN

    def _period(self) -> dict[str, date] | None:
        dated = self._typed.get("from") or self._typed.get("to")
        chosen = self._typed.get("period") or ("range" if dated else "all")
        if chosen != "range":
            return None
        first, last = self._day("from"), self._day("to")
        if last < first and self.faults.keys().isdisjoint({"from", "to"}):
            self.faults["to"] = "wrong_order"
        return {"from": first, "to": last}

    def _corrections(self) -> list[dict[str, Any]]:
        rows = range(1, self.corrections_shown + 1)
        filled = [row for row in rows if row == 1 or self._touched(row)]
        return [self._correction(row) for row in filled]

    def _touched(self, row: int) -> bool:
        names = ("field", "held", "claimed", "grounds")
        return any(self._typed.get(f"{name}_{row}", "").strip() for name in names)

    def _correction(self, row: int) -> dict[str, Any]:
        field = self._typed.get(f"field_{row}", "")
        if field not in CORRECTED_FIELDS:
            self.faults[f"field_{row}"] = "needed"
        held = self._line(f"held_{row}", needed=False)
        return {
            "field": field,
            "claimed": self._line(f"claimed_{row}"),
            **({"held": held} if held else {}),
            "grounds": self._text(f"grounds_{row}"),
        }

    def _line(self, name: str, *, needed: bool = True) -> str:
        text = without_unseen(self._typed.get(name, "")).strip()
        if not text and needed:
            self.faults[name] = "needed"
        elif len(text) > LONGEST:
            self.faults[name] = "too_long"
        elif not is_one_line(text):
            self.faults[name] = "one_line"
        return text

    def _text(self, name: str) -> str:
        text = self._typed.get(name, "").strip()
        if len(text) > LONGEST_TEXT:
            self.faults[name] = "too_long_text"
        return text

    def _email(self, name: str) -> str:
        text = self._typed.get(name, "").strip()
        try:
            return _EMAIL.validate_python(text)
        except ValidationError:
            self.faults[name] = "no_email" if text else "needed"
        return text

    def _day(self, name: str) -> date:
        try:
            return date.fromisoformat(self._typed.get(name, "").strip())
        except ValueError:
            self.faults[name] = "no_date"
        return date.max
