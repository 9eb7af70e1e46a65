"""The forms of a case page, made from the one table of actions: what is offered now, no more."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from pydantic.fields import FieldInfo

from domain.action_table import Action
from domain.actions import ACTIONS
from domain.decisions.merging import MARK_DUPLICATE
from domain.decisions.staff import authority_forms, fallen_grounds, kept_grounds
from domain.direction import DirectionState
from domain.direction_actions import DIRECTION_ACTIONS
from domain.direction_situation import offered as offered_on_direction
from domain.entitlement import Sender, must_be_entitled
from domain.offers import offers
from domain.policy import Policy
from domain.refusals import Refused
from domain.state import RequestState
from domain.vocabulary import Role

Kind = Literal["choice", "checks", "number", "date", "text", "email", "hidden"]

ELSEWHERE = frozenset({"review_items", "approve_in_part"})
"""Actions whose input is put together on pages of their own, or pasted in the Temporal Web UI."""

PERSONAL = "personal"
"""The field for what an action needs that is personal; it goes to the vault and nowhere else."""

SIGNED = "decided_by"
"""The field that is never asked for: it is the signed-in person's id."""

WORDS = {
    "approve": "Approve",
    "deny": "Deny",
    "extend_deadline": "Extend the deadline",
    "withdraw": "Record a withdrawal",
    "release_report": "Release the package",
    "rebuild_report": "Build the package with the decisions",
    "retry_step": "Try the step again",
    "quote_fee": "Quote a fee",
    "correct_contact": "Correct the e-mail address",
    "mark_duplicate": "Merge with an earlier request",
    "reject_document": "Turn a document down",
    "freeze": "Freeze the request",
    "unfreeze": "Unfreeze the request",
}
"""What buttons say where the action's name alone would not read well."""


class Option(NamedTuple):
    """One thing to choose."""

    value: str
    words: str
    chosen: bool = False


@dataclass(frozen=True)
class Field:
    """One field of a form."""

    name: str
    label: str
    kind: Kind
    hint: str = ""
    required: bool = True
    options: tuple[Option, ...] = ()
    value: str = ""
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class Form:
    """One action as a form."""

    action: str
    title: str
    purpose: str
    fields: tuple[Field, ...]
    final: bool
    """Whether what follows cannot be undone."""
    refusal: str
    """Why this person may not send it; empty for who may."""
    notes: bool = True
    """Whether a note to the file can go with it."""


class CaseForms:
    """The forms of one request for one person, those likely needed and all others lawful now."""

    def __init__(
        self,
        state: RequestState,
        policy: Policy,
        now: datetime,
        roles: frozenset[Role],
        repeats: Sequence[str] = (),
    ) -> None:
        """``repeats`` are requests that it may repeat."""
        self._state = state
        self._policy = policy
        self._roles = roles
        self._repeats = repeats
        self._offers = offers(state, policy, now)

    def likely(self) -> list[Form]:
        """Return a form for every action that is offered, the likeliest first."""
        return self._forms(self._offered())

    def seldom(self) -> list[Form]:
        """Return a form for every action that is needed now and then."""
        shown = {MARK_DUPLICATE, *self._offered()}
        return self._forms([name for name in self._offers.seldom if name not in shown])

    def _offered(self) -> list[str]:
        """Add to what is likely what can be sent from here only, and a merger that was found."""
        here = [name for name in self._offers.seldom if self._is_for_here(name)]
        return [*self._offers.likely, *here]

    def _is_for_here(self, name: str) -> bool:
        found = name == MARK_DUPLICATE and bool(self._repeats)
        return found or bool(ACTIONS[name].personal)

    def _forms(self, names: Sequence[str]) -> list[Form]:
        if not self._state.received:
            return []
        choices = _Choices(self._state, self._policy, self._repeats)
        actions = [ACTIONS[name] for name in names if name not in ELSEWHERE]
        return [_form(action, choices.of, self._refusal(action)) for action in actions]

    def _refusal(self, action: Action) -> str:
        try:
            sender = Sender(known="authenticated", roles=self._roles)
            must_be_entitled(self._policy, self._state, action, sender)
        except Refused as refused:
            return refused.sentence
        return not_theirs(action, self._roles)


def direction_forms(state: DirectionState, roles: frozenset[Role]) -> list[Form]:
    """Return a form for every action that is offered on a provider's direction."""
    actions = [DIRECTION_ACTIONS[name] for name in offered_on_direction(state)]
    return [_form(action, lambda name, field: (), not_theirs(action, roles)) for action in actions]


def read_input(action: Action, typed: Mapping[str, str], staff_id: str) -> dict[str, Any]:
    """Return the JSON that a sent form stands for; what was left empty is left out.

    A list comes as a box for each of its values, named ``field.value``.
    """
    sent: dict[str, Any] = {SIGNED: staff_id}
    for name, schema in _properties(action):
        if schema.get("type") == "array":
            boxes = [key.partition(".")[2] for key in typed if key.startswith(f"{name}.")]
            sent |= {name: boxes} if boxes else {}
        elif text := typed.get(name, "").strip():
            whole = schema.get("type") == "integer" and text.isdecimal()
            sent[name] = int(text) if whole else text
    return sent


def in_words(name: str) -> str:
    """Say a code as words: "Extend the deadline"."""
    return WORDS.get(name, name.replace("_", " ").capitalize())


_Options = Callable[[str, str], Sequence[Option]]


def _form(action: Action, options: _Options, refusal: str) -> Form:
    return Form(
        action=action.name,
        title=in_words(action.name),
        purpose=action.purpose,
        fields=tuple(_fields(action, options)),
        final=action.irreversible,
        refusal=refusal,
        notes=not action.personal,
    )


def not_theirs(action: Action, roles: frozenset[Role]) -> str:
    """Say who sends an action; nothing to somebody who may. Who only audits sends none."""
    senders = [Role.APPROVER]
    if not action.irreversible:
        senders = [Role.HANDLER, *senders]
    if action.counsels:
        senders = [*senders, Role.COUNSEL]
    if not roles.isdisjoint(senders):
        return ""
    return f"Somebody with the role {' or '.join(senders)} sends this."


def _fields(action: Action, options: _Options) -> Iterator[Field]:
    if action.personal:
        yield Field(PERSONAL, f"New {action.personal}", "email", "It is stored encrypted.")
    for name, schema in _properties(action):
        known = tuple(options(action.name, name)) or _enumerated(schema)
        known = _chosen(known, action.message.model_fields[name].default)
        if schema.get("type") == "array" and not known:
            continue
        field = action.message.model_fields[name]
        yield Field(
            name=name,
            label=name.replace("_", " ").capitalize(),
            kind=_kind(schema, known),
            hint=field.description or "",
            required=field.is_required(),
            options=known,
            value=_value(known) or _default(field),
            least=schema.get("minimum"),
            most=schema.get("maximum"),
        )


def _kind(schema: Mapping[str, Any], options: tuple[Option, ...]) -> Kind:
    if schema.get("type") == "array":
        return "checks"
    if options:
        return "hidden" if options[0].words == "" else "choice"
    if schema.get("type") == "integer":
        return "number"
    return "date" if schema.get("format") == "date" else "text"


def _value(options: tuple[Option, ...]) -> str:
    return options[0].value if options and options[0].words == "" else ""


def _chosen(options: tuple[Option, ...], usual: object) -> tuple[Option, ...]:
    """Choose what the action takes by itself, unless something is chosen."""
    if any(each.chosen for each in options):
        return options
    return tuple(each._replace(chosen=each.value == usual) for each in options)


def _default(field: FieldInfo) -> str:
    return field.default if isinstance(field.default, str) else ""


def _enumerated(schema: Mapping[str, Any]) -> tuple[Option, ...]:
    values = schema.get("enum", ())
    return tuple(Option(each, each.replace("_", " ").capitalize()) for each in values)


def _properties(action: Action) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the fields to ask for, with the part of the JSON schema that says what they take."""
    schema = action.message.model_json_schema()
    defined = schema.get("$defs", {})
    for name, found in schema["properties"].items():
        if name != SIGNED:
            yield name, _resolved(found, defined)


def _resolved(found: Mapping[str, Any], defined: Mapping[str, Any]) -> Mapping[str, Any]:
    kinds = [each for each in found.get("anyOf", (found,)) if each.get("type") != "null"]
    kind: Mapping[str, Any] = kinds[0]
    reference = kind.get("$ref", "").rpartition("/")[2]
    resolved: Mapping[str, Any] = defined.get(reference, kind)
    return resolved


class _Choices:
    """What can be chosen in a field, where the policy or the request says so."""

    def __init__(self, state: RequestState, policy: Policy, repeats: Sequence[str]) -> None:
        self._state = state
        self._policy = policy
        self._repeats = repeats

    def of(self, action: str, field: str) -> Sequence[Option]:
        """Return the options of a field; none where anything can be typed."""
        wanted = self._agreed(action).get(field)
        chosen = wanted if isinstance(wanted, list | tuple) else [wanted]
        return [each._replace(chosen=each.value in chosen) for each in self._known(action, field)]

    def _known(self, action: str, field: str) -> list[Option]:
        if field == "reason":
            given = self._policy.reasons_for(action, self._state.request_type)
            return [Option(each.code, each.text.en) for each in given]
        if field == "confirm_grounds":
            return [Option(ground, self._ground(ground)) for ground in sorted(self._grounds())]
        if field == "confirm_fallen":
            fallen = sorted(fallen_grounds(self._state))
            return [Option(ground, f"Erase what the map keeps under {ground}") for ground in fallen]
        if field == "letter" and action == "letter_posted":
            return [Option(str(n), f"Letter {n}") for n in self._state.letters_to_post]
        if field == "form" and action == "accept_authority":
            forms = authority_forms(self._state, self._policy)
            return [Option(each, each.replace("_", " ").capitalize()) for each in forms]
        if field == "document" and action == "reject_document":
            sent = dict.fromkeys(self._state.documents)
            return [Option(each, each.replace("_", " ").capitalize()) for each in sent]
        if field == "hold" and action == "release_hold":
            return [Option(each, each) for each in self._state.holds]
        if field == "duplicate_of":
            return [Option(each, each) for each in self._repeats]
        if field == "package" and self._state.report is not None:
            return [Option(self._state.report.content_hash, "")]
        return []

    def _agreed(self, action: str) -> Mapping[str, Any]:
        """Return what somebody wants already, so that a second person sends the same."""
        return next((one.terms for one in self._state.agreements if one.action == action), {})

    def _grounds(self) -> frozenset[str]:
        return kept_grounds(self._state)

    def _ground(self, code: str) -> str:
        sentences = {each.code: each.text.en for each in self._policy.deletion.exceptions}
        return f"{sentences.get(code, '')} ({code})".strip()
