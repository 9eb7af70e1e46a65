"""What of a person's data goes into a package, and what is only said to be held (RED, KNO-08)."""

import re
from collections.abc import Collection, Iterable, Mapping

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from domain.free_text import marker, scan
from domain.notice_words import WithheldReason
from domain.policy import Policy
from domain.policy_terms.disclosure import NeverDisclosed
from domain.vocabulary import Language

Value = JsonValue

PICTURES = frozenset({"image", "photo", "picture", "scan", "video", "audio", "recording"})
"""Types of field that no scanner reads; people look at them first (RED-12)."""

ATTACHMENTS = frozenset({"attachment", "file", "document"})
"""Types of field that are scanned where their text could be read (RED-09, RED-12)."""

STRUCTURED = frozenset(
    {
        "name",
        "full_name",
        "address",
        "postal_address",
        "email",
        "business_email",
        "phone",
        "business_phone",
        "birth_date",
        "date",
        "ip",
        "ip_address",
        "cookie",
        "cookies",
        "cookie_id",
        "device_id",
        "geolocation",
        "customer_number",
        "order_number",
        "job",
        "job_title",
        "employer",
    }
)
"""Types of field that hold what they are named for and no free text: disclosed whole (RED-10)."""

_LEAST_SIGNS = 4
_LEAST_DIGITS_IN_STRUCTURED = 7
_SECRETS = frozenset({"account_password", "password_hint", "security_question_answer"})
_HIDDEN_EVERYWHERE = frozenset({WithheldReason.NEVER_DISCLOSE, WithheldReason.POLICY_HEALTH})
_REVIEWED = frozenset({WithheldReason.POLICY_HEALTH, WithheldReason.NOT_YET_READ})


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class HeldField(_Facts):
    """One piece of data that is held; its value is never in a repr.

    ``readable`` is ``False`` for an attachment that could not be read, ``looked_at`` says that
    staff have seen it, ``released`` that counsel let a policy ground go (RED-08).
    """

    name: str = Field(repr=False)
    field_type: str
    value: Value = Field(default=None, repr=False)
    readable: bool = True
    looked_at: bool = False
    released: bool = False
    about_others: bool = False
    privileged: bool = False


class Shown(_Facts):
    """A piece as the package carries it."""

    name: str
    value: Value = Field(default=None, repr=False)


class WithheldType(_Facts):
    """A type that is held and not shown, once, with the sentence that says so."""

    field_type: str
    reason: WithheldReason
    line: str = ""


class Package(_Facts):
    """What is disclosed, what is withheld, and what people must look at before it goes out."""

    disclosed: tuple[Shown, ...]
    withheld: tuple[WithheldType, ...]
    review: tuple[str, ...]

    @property
    def may_go_out(self) -> bool:
        """Whether no question of counsel or staff is open (RED-08, RED-12)."""
        return not self.review


def redact(
    policy: Policy, fields: Iterable[HeldField], language: Language = Language.ENGLISH
) -> Package:
    """Build the package: nothing of RED-01 to RED-08 in it, everything else whole (RED-10)."""
    held = [field for field in fields if not _holds_nothing(policy, field)]
    judged = [(field, _reason(policy, field)) for field in held]
    hidden = [field for field, reason in judged if reason in _HIDDEN_EVERYWHERE]
    shown = [_shown(field, hidden) for field, reason in judged if reason is None]
    withheld = [(field.field_type, reason) for field, reason in judged if reason is not None]
    found = [(kind, WithheldReason.NEVER_DISCLOSE) for _, kinds in shown for kind in kinds]
    return Package(
        disclosed=tuple(piece for piece, _ in shown),
        withheld=tuple(
            WithheldType(field_type=kind, reason=reason, line=_line(policy, kind, language))
            for kind, reason in dict.fromkeys(withheld + found)
        ),
        review=tuple(dict.fromkeys(kind for kind, reason in withheld if reason in _REVIEWED)),
    )


def never_disclosed(policy: Policy, field_type: str) -> NeverDisclosed | None:
    """Return the policy's row for a type that is never disclosed, or ``None``."""
    rows = policy.disclosure.never_disclosed
    return next((row for row in rows if row.field_type == field_type), None)


def holds_the_same(field_type: str, held: Value, supplied: Value) -> bool:
    """Tell whether a held value is the one that the person supplied, and nothing more (RED-11).

    Numbers agree however they are written; secrets must agree to the letter.
    """
    if held is None or supplied is None:
        return False
    if field_type in _SECRETS:
        return str(held) == str(supplied)
    return _bare(str(held)) == _bare(str(supplied))


def _holds_nothing(policy: Policy, field: HeldField) -> bool:
    """Tell whether a never-disclosed type is said to be empty: to say "we hold it" would be false.

    A value that is not stated is taken to be held.
    """
    stated_empty = "value" in field.model_fields_set and field.value in (None, "", [], {})
    return stated_empty and never_disclosed(policy, field.field_type) is not None


def _reason(policy: Policy, field: HeldField) -> WithheldReason | None:
    if field.privileged:
        return WithheldReason.PRIVILEGE
    if field.about_others:
        return WithheldReason.OTHER_PERSON
    row = never_disclosed(policy, field.field_type)
    if row is not None and not (row.counsel_may_release and field.released):
        return WithheldReason(row.reason)
    return WithheldReason.NOT_YET_READ if _is_unread(field) else None


def _is_unread(field: HeldField) -> bool:
    if field.looked_at:
        return False
    empty = field.field_type in ATTACHMENTS and not field.value
    return field.field_type in PICTURES or not field.readable or empty


def _shown(field: HeldField, hidden: Collection[HeldField]) -> tuple[Shown, tuple[str, ...]]:
    """Return a piece without what was found in it or is withheld elsewhere, and what was found."""
    scrubber = Scrubber(hidden, free_text=field.field_type not in STRUCTURED)
    piece = Shown(name=scrubber.name(field.name), value=scrubber.value(field.value))
    return piece, tuple(scrubber.found)


class Scrubber:
    """Takes values out of texts, wherever they stand in a structure; ``found`` names their types.

    What ``hidden`` fields hold is taken out too, for it may be repeated elsewhere.
    """

    def __init__(self, hidden: Collection[HeldField], *, free_text: bool) -> None:
        self._free_text = free_text
        self._hidden = [
            (pattern, marker(field.field_type))
            for field in hidden
            for text in _texts(field.value)
            if (pattern := _pattern(text, free_text=free_text)) is not None
        ]
        self.found: dict[str, None] = {}

    def name(self, name: str) -> str:
        """Clean a name, which may be a file's; there an underscore parts words."""
        scanned = scan(name.replace("_", " "))
        self.found |= dict.fromkeys(scanned.found)
        return self._without_hidden(scanned.text if scanned.found else name)

    def value(self, value: Value) -> Value:
        """Clean a value, whatever it is made of."""
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.value(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, str):
            return self.text(value)
        if value is None or isinstance(value, bool):
            return value
        clean = self.text(str(value))
        return value if clean == str(value) else clean

    def text(self, text: str) -> str:
        """Clean one text."""
        if not self._free_text:
            return self._without_hidden(text)
        scanned = scan(text)
        self.found |= dict.fromkeys(scanned.found)
        return self._without_hidden(scanned.text)

    def _without_hidden(self, text: str) -> str:
        for pattern, mark in self._hidden:
            text = pattern.sub(mark, text)
        return text


def _pattern(text: str, *, free_text: bool) -> re.Pattern[str] | None:
    """Return what finds a withheld value elsewhere; too short a one would find anything."""
    digits = [sign for sign in text if sign.isdecimal()]
    bare = [sign for sign in text if sign.isalnum()]
    if len(bare) < _LEAST_SIGNS or not (free_text or len(digits) >= _LEAST_DIGITS_IN_STRUCTURED):
        return None
    if len(digits) * 2 > len(bare):
        signs = r"[\W_]{0,2}".join(re.escape(sign) for sign in bare)
        return re.compile(rf"(?<!\d){signs}(?!\d)", re.IGNORECASE)
    return re.compile(rf"(?<!\w){re.escape(text.strip())}(?!\w)", re.IGNORECASE)


def _texts(value: Value) -> list[str]:
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [] if value is None or isinstance(value, bool) else [str(value)]


def _line(policy: Policy, field_type: str, language: Language) -> str:
    row = never_disclosed(policy, field_type)
    return row.line.in_language(language) if row else ""


def _bare(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())
