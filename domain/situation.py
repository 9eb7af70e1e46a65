"""The current details of a request: Markdown by which a lawyer can act, without personal data."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from domain import clocks, correction, details, verification
from domain import events as e
from domain.actions import ACTIONS
from domain.citation import BY_LAW, EXAMPLE
from domain.decisions.staff import fallen_grounds, kept_grounds
from domain.details import Button
from domain.documents import Delivery, DocumentPurpose
from domain.offers import offers
from domain.paths import Proof, path_of
from domain.policy import Policy
from domain.request_parts import ProviderView
from domain.state import RequestState, Stage
from domain.vocabulary import Decision, NoticeKind, ProviderStanding

_STAGE_IN_WORDS = {
    Stage.RECEIVED: "Received; being opened.",
    Stage.VERIFYING: "We are waiting for the consumer to prove who they are.",
    Stage.DECIDING: "**Your decision is awaited.**",
    Stage.FULFILLING: "Approved; it is being carried out.",
    Stage.DIRECTING: "Done here; the service providers are directed, and we wait for their word.",
    Stage.ANSWERING: "The answer is being sent.",
    Stage.WAITING_FOR_PROVIDERS: "Answered; open until every provider has had its last word.",
    Stage.KEEPING_PACKAGE: "Answered; open until the package is fetched, or its days are over.",
    Stage.CLOSED: "Closed.",
}

CHOOSE = "choose_one"
"""Stands for a reason in the JSON to paste; as it is, it is refused."""

DECISION_IN_WORDS = {
    Decision.GRANT: "granted",
    Decision.GRANT_PARTIAL: "granted in part",
    Decision.DENY: "denied",
    Decision.NO_DATA: "nothing is held",
    Decision.REFUSE_EXCESS: "refused as one too many",
    Decision.WITHDRAWN: "taken back by the consumer",
    Decision.DUPLICATE: "asked twice, so answered with the earlier request",
    Decision.UNVERIFIED_DENY: "not verified in time, so denied",
    Decision.UNVERIFIED_TREAT_AS_OPT_OUT: "not verified in time, so treated as an opt-out",
}


def describe(state: RequestState, policy: Policy, now: datetime) -> str:
    """Return where a request stands, what is due when, and what staff can do."""
    return "\n".join(_lines(state, policy, now))


def _lines(state: RequestState, policy: Policy, now: datetime) -> Iterator[str]:
    yield f"### {state.request_id}: a request {path_of(state.request_type).in_words}"
    yield ""
    yield _STAGE_IN_WORDS[state.stage]
    yield ""
    yield from _dates(state, policy, now)
    yield from _frozen(state)
    yield from _handling(state)
    yield from _identity(state, policy)
    yield from _holdings(state, policy)
    yield from _weighing(state, policy)
    yield from _providers(state)
    yield from _undoing(state, policy)
    yield from _review(state)
    yield from _agreements(state)
    yield from _parked(state)
    yield from _correspondence(state)
    yield from details.signals(state)
    yield from _outcome(state, policy)
    likely, seldom = offers(state, policy, now)
    yield from _buttons(state, policy, likely)
    yield from _also_possible(seldom)


def _dates(state: RequestState, policy: Policy, now: datetime) -> Iterator[str]:
    """List what was promised. No table: the Web UI leaves no room between its columns."""
    if state.dates is None:
        return
    yield f"- received on {state.dates.receipt_date}"
    if state.dates.confirm_by and not _receipt_confirmed(state):
        yield f"- receipt to be confirmed by {state.dates.confirm_by}"
    was = "was " if state.answered else ""
    yield f"- **{was}to be answered by {state.respond_by}**{_days_left(state, policy, now)}"
    if _may_be_extended(state):
        latest = f"{state.dates.latest_respond_by} at the latest"
        yield f"- an extension, told to the consumer in writing by that day, gives until {latest}"
    if state.dates.window_closes_at and not state.identity_settled:
        closes = state.dates.window_closes_at.astimezone(policy.zone)
        yield f"- proof of identity counts until {closes:%Y-%m-%d %H:%M} Pacific"
    if state.breached:
        yield f"- **missed: {', '.join(str(day) for day in state.breached)}**"
    yield ""


def _receipt_confirmed(state: RequestState) -> bool:
    letter = state.letter_of(NoticeKind.ACKNOWLEDGEMENT)
    return letter is not None and letter.accepted_at is not None


def _days_left(state: RequestState, policy: Policy, now: datetime) -> str:
    due: date | None = state.respond_by
    if due is None or state.answered:
        return ""
    days = (due - clocks.local_date(now, policy)).days
    return f" ({days} days left)" if days >= 0 else f" ({-days} days overdue)"


def _identity(state: RequestState, policy: Policy) -> Iterator[str]:
    if not state.authority_settled:
        yield f"**Somebody asks for the consumer ({state.requester}); check their proof.**"
        yield ""
    yield from _documents(state)
    if path_of(state.request_type).proof is not Proof.IDENTITY:
        return
    asked = verification.points_asked(policy, state.request_type, state.residency)
    needed = f"({asked} are needed)"
    if state.verified:
        yield f"Identity: verified by {state.verified.points_counted} reliable points {needed}."
    elif not state.identity_settled:
        counted = state.assessment.points_counted if state.assessment else 0
        lacking = "; ".join(_lacking(state, policy, counted < asked)) or "being looked at"
        yield f"Identity: {counted} reliable points so far {needed}. Awaited: {lacking}."
    if state.assessment and state.assessment.ambiguous and not state.identity_settled:
        yield "**More than one person fits. Nothing may be disclosed or erased.**"
    if state.address_is_foreign and not state.identity_settled:
        yield "**The address is not one that was held for this person. Nothing may go there.**"
    yield ""


def _documents(state: RequestState) -> Iterator[str]:
    """Say what was uploaded, and how the consumer wants a copy; contents are on the case page."""
    if state.documents:
        named = ", ".join(each.replace("_", " ") for each in state.documents)
        yield f"Documents that came in: {named}."
        yield ""
    if state.delivery == Delivery.POST:
        yield (
            "**The consumer wants the copy on paper, by post.** Once it is released, "
            f"`privacy post package {state.request_id}` writes it for the envelope."
        )
        yield ""


def _lacking(state: RequestState, policy: Policy, lacks_points: bool) -> Iterator[str]:
    """Name what the consumer still has to do, so that staff need not guess."""
    if not state.address_confirmed:
        yield "proof of the address, by the link in our letter"
    if lacks_points:
        yield "more details that match"
    if state.address_is_foreign:
        yield "an address held for this person before, by correct_contact, or your confirm_identity"
    tier = policy.tier_for(state.request_type, state.residency)
    if tier.declaration and not state.declared:
        yield "the signed declaration"


def _holdings(state: RequestState, policy: Policy) -> Iterator[str]:
    """Say what an approval would reach, in counts, and what the law keeps."""
    if state.holdings is None or state.erased is not None or state.answered:
        return
    yield "An approval erases:" if state.is_erasure else "What is held:"
    yield ""
    held = [f"- {_rows(n)} of `{name}`" for name, n in state.holdings.rows.items() if n]
    yield from held or ["- nothing"]
    yield ""
    if state.is_erasure and state.holdings.retained:
        yield from _kept(state.holdings.retained, policy)
    if state.is_erasure and state.holdings.fallen:
        yield from _fallen(state.holdings.fallen)
    if state.holdings.doubtful:
        yield from _doubtful(state.holdings.doubtful)


def _doubtful(rows: Mapping[str, int]) -> Iterator[str]:
    yield "It leaves alone, because these may be somebody else's as well:"
    yield ""
    yield from (f"- {_rows(n)} of `{name}`" for name, n in rows.items())
    yield ""


def _kept(retained: Sequence[e.Retention], policy: Policy) -> Iterator[str]:
    yield "It keeps:"
    yield ""
    sentences = {each.code: each.text.en for each in policy.deletion.exceptions}
    for kept in retained:
        why = sentences.get(kept.ground, "")
        yield (
            f"- {_rows(kept.rows)} of `{kept.collection}` under {kept.ground}: {why}"
            f" Reviewed by {kept.reviewer}."
        )
    yield ""


def _weighing(state: RequestState, policy: Policy) -> Iterator[str]:
    """Say what the rules propose for a correction, and by what (COR-01, COR-02)."""
    if proposal := proposed(state, policy):
        yield f"By the rules: {proposal}"
        yield ""


def proposed(state: RequestState, policy: Policy) -> str:
    """Return what the rules propose for a correction before staff weigh it (COR-01, COR-02)."""
    if not state.fields or state.holdings is None or not state.awaits_decision:
        return ""
    others = correction.other_sources(state.holdings.sources)
    papers = state.documents.count(DocumentPurpose.CORRECTION)
    known = correction.Circumstances(company_is_source=not others, consumer_documents=papers)
    labels = {each.code: each.text.en.lower() for each in policy.disclosure.sources}
    came = f"It came from: {', '.join(labels.get(code, code) for code in others)}. "
    return (
        f"{DECISION_IN_WORDS[correction.propose(known)]}, unless what is held is more likely "
        f"right. {came if others else ''}Documents of the consumer: {papers}."
    )


def _fallen(fallen: Sequence[e.Retention]) -> Iterator[str]:
    yield "**It erases too, though the data map keeps it for others, for the ground is none here:**"
    yield ""
    for one in fallen:
        yield f"- {_rows(one.rows)} of `{one.collection}`, there kept under {one.ground}"
    yield ""


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _provider_stands(view: ProviderView) -> str:
    """Say what the request has heard; how far a direction is, its own workflow shows."""
    if view.final:
        return f"{view.standing}, its last word"
    if view.standing is ProviderStanding.NOT_REACHED:
        return "directed; see its own workflow for how far it is"
    return view.standing


def _providers(state: RequestState) -> Iterator[str]:
    if not state.providers:
        return
    yield "Service providers:"
    yield ""
    for view in state.providers.values():
        yield f"- {view.name}: {_provider_stands(view)}"
    link = f"/namespaces/{{namespace}}/workflows?query=RequestId%3D%22{state.request_id}%22"
    yield ""
    yield f"[This request and its directions]({link})"
    yield ""


def _undoing(state: RequestState, policy: Policy) -> Iterator[str]:
    undoing = state.undoing
    if undoing is None or undoing.ended:
        return
    until = f"{undoing.until.astimezone(policy.zone):%Y-%m-%d %H:%M} Pacific"
    yield f"**Taken out, and not deleted yet: it can be undone until {until}.**"
    yield ""


def _review(state: RequestState) -> Iterator[str]:
    if not state.awaits_release or state.report is None:
        return
    yield "**A package waits to be looked through on the case page before it goes out.**"
    waits = [_TO_LOOK_AT.get(reason, reason) for reason in state.report.needs_review]
    if waits:
        yield f"To look at: {', '.join(waits)}."
    if state.rebuilding:
        yield "A further version is being built by what was decided."
    elif state.review_is_ahead:
        yield "Decisions were taken; send `rebuild_report` to have them in the package."
    yield ""


_TO_LOOK_AT = {
    "NOT_YET_READ": "files that nobody has read",
    "OTHER_PERSON": "texts that may name others",
    "POLICY_HEALTH": "information about health, which counsel decides on",
}


def _agreements(state: RequestState) -> Iterator[str]:
    for one in state.agreements:
        yield (
            f"**{one.actor.id} wants `{one.action}`, which takes {one.people} different people.** "
            f"Another sends the same: `{json.dumps(one.terms)}`"
        )
        yield ""


def _outcome(state: RequestState, policy: Policy) -> Iterator[str]:
    if state.decision is not None:
        person = (
            state.decided_by if state.decided_by and state.decided_by.known != "system" else None
        )
        by = f" by {person.id}" if person else " by rule"
        yield f"Decision: {DECISION_IN_WORDS.get(state.decision, state.decision)}{by}."
        yield ""
    if state.answered_at is not None:
        day = clocks.local_date(state.answered_at, policy)
        kept = f"; the record is kept until {state.retain_until}" if state.retain_until else ""
        yield f"Answered on {day}{kept}."
        yield ""


def _parked(state: RequestState) -> Iterator[str]:
    if state.parked is not None:
        yield f"**Stopped at `{state.parked.step}`: {state.parked.reason}.** The clock runs on."
        yield ""


def _correspondence(state: RequestState) -> Iterator[str]:
    """Name what waits at the post desk, and what nobody has read yet (NOT-07, REQ-14)."""
    if state.letters_to_post:
        numbers = ", ".join(str(n) for n in state.letters_to_post)
        yield f"**To be posted: letter {numbers}.** `privacy post print` makes the PDF."
        yield ""
    if state.parked_messages:
        numbers = ", ".join(str(n) for n in state.parked_messages)
        yield f"**Put aside, since it could not be read: message {numbers}.** `privacy inbox list`"
        yield ""
    if state.unread:
        numbers = ", ".join(str(n) for n in state.unread)
        yield f"**To be read: message {numbers} of the consumer.**"
        yield ""


def _buttons(state: RequestState, policy: Policy, names: Sequence[str]) -> Iterator[str]:
    yield from details.buttons(
        [Button(name, ACTIONS[name].purpose, _example(state, policy, name)) for name in names]
    )
    for name in names:
        yield from _reasons(state, policy, name)


def _reasons(state: RequestState, policy: Policy, action: str) -> Iterator[str]:
    """List the codes that an action takes, with what the letter will say."""
    reasons = policy.reasons_for(action, state.request_type)
    if len(reasons) < 2 or "reason" not in ACTIONS[action].example:
        return
    yield f"Reasons for `{action}`, as the letter will give them; put one in place of `{CHOOSE}`:"
    yield ""
    for reason in reasons:
        yield f"- `{reason.code}`: {reason.text.en}{_needs(action, reason.code)}"
    yield ""


def _needs(action: str, reason: str) -> str:
    """Say what a reason wants beside it; what would be cited in a letter stands in no example."""
    names_law = action == "deny" and reason in BY_LAW
    return f' Say which law, such as `"law": "{EXAMPLE}"`.' if names_law else ""


def _also_possible(seldom: Sequence[str]) -> Iterator[str]:
    """Name the rest; its JSON stands in the help of the Web UI's list."""
    names = ", ".join(f"`{name}`" for name in seldom)
    if names:
        yield f"Also possible: {names}. The list of updates shows what each takes."
        yield ""


def _frozen(state: RequestState) -> Iterator[str]:
    if state.frozen is None:
        return
    yield (
        f"**Frozen by {state.frozen.actor.id}: something of this request reached the wrong person. "
        "Nothing leaves and nothing is decided; the clock runs on.**"
    )
    if state.held_letters:
        yield f"Letters that are held: {', '.join(str(n) for n in state.held_letters)}."
    yield f"`privacy incident {state.request_id}` lists who saw what, and what to do."
    yield ""


def _handling(state: RequestState) -> Iterator[str]:
    if state.handler:
        yield f"Handled by {state.handler}."
    if state.fraud is not None:
        reason = state.fraud.reason.replace("_", " ")
        yield f"**Flagged as suspected fraud by {state.fraud.actor.id}: {reason}.**"
    if state.holds:
        yield f"**Legal hold: {', '.join(state.holds)}. Nothing may be erased.**"
    if state.handler or state.fraud or state.holds:
        yield ""


def _may_be_extended(state: RequestState) -> bool:
    extendable = state.dates is not None and state.dates.latest_respond_by is not None
    return extendable and state.extension is None and not state.answered


def _example(state: RequestState, policy: Policy, name: str) -> str:
    if name == "approve":
        named = {"confirm_grounds": kept_grounds(state), "confirm_fallen": fallen_grounds(state)}
        confirmed = {field: sorted(grounds) for field, grounds in named.items() if grounds}
        return json.dumps({"decided_by": "your.id", **confirmed})
    shown = {**ACTIONS[name].example, **_reason(state, policy, name), "decided_by": "your.id"}
    return json.dumps({field: value for field, value in shown.items() if value != EXAMPLE})


def _reason(state: RequestState, policy: Policy, name: str) -> dict[str, str]:
    """Return the one reason that there is, or none that a letter would give unseen."""
    reasons = policy.reasons_for(name, state.request_type)
    if not reasons or "reason" not in ACTIONS[name].example:
        return {}
    return {"reason": reasons[0].code if len(reasons) == 1 else CHOOSE}
