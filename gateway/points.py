"""The form fields in which a consumer offers points of identity (VER-01, VER-02)."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from domain.typed_line import is_one_line, without_unseen
from domain.vocabulary import PointOfIdentity

LONGEST = 200
"""Characters of one point, as in a submission."""


class Input(NamedTuple):
    """How one kind of point is asked for; ``autocomplete`` is HTML's word for it."""

    kind: PointOfIdentity
    type: str
    autocomplete: str


INPUTS = {
    each.kind: each
    for each in (
        Input(PointOfIdentity.FULL_NAME, "text", "name"),
        Input(PointOfIdentity.EMAIL, "email", "email"),
        Input(PointOfIdentity.PHONE, "tel", "tel"),
        Input(PointOfIdentity.POSTAL_ADDRESS, "text", "street-address"),
        Input(PointOfIdentity.BIRTH_DATE, "date", "bday"),
        Input(PointOfIdentity.CUSTOMER_NUMBER, "text", "off"),
        Input(PointOfIdentity.ORDER_NUMBER, "text", "off"),
        Input(PointOfIdentity.EMPLOYER, "text", "organization"),
        Input(PointOfIdentity.JOB_TITLE, "text", "organization-title"),
        Input(PointOfIdentity.BUSINESS_EMAIL, "email", "work email"),
        Input(PointOfIdentity.BUSINESS_PHONE, "tel", "work tel"),
    )
}

Points = dict[PointOfIdentity, str]
Faults = dict[str, str]
"""Field to the catalogue's name of what is wrong with it."""


def read_points(
    fields: Mapping[str, str], asked: Iterable[PointOfIdentity]
) -> tuple[Points, Faults]:
    """Return the points that were filled in, and the faults; kinds that were not asked are left."""
    filled = {kind: without_unseen(fields.get(kind, "")).strip() for kind in asked}
    points = {kind: text for kind, text in filled.items() if text}
    faults = {kind: _fault(kind, text) for kind, text in points.items()}
    return points, {kind: fault for kind, fault in faults.items() if fault}


def _fault(kind: PointOfIdentity, text: str) -> str:
    if len(text) > LONGEST:
        return "too_long"
    if not is_one_line(text):
        return "one_line"
    if kind is PointOfIdentity.BIRTH_DATE and not _is_date(text):
        return "no_date"
    return ""


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
