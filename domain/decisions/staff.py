"""What staff may decide, and the sentence they read when they may not."""

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal

from domain import clocks, correction, fees, fraud, messages
from domain import events as e
from domain.citation import BY_LAW, EXAMPLE
from domain.decisions import authority, letters
from domain.decisions.guarded import guarded
from domain.decisions.preconditions import (
    must_be_undecided,
    must_be_unsuspected,
    must_have_work_left,
)
from domain.deletion import NOT_COLLECTED
from domain.extension import RefusalCode
from domain.links import LinkPurpose
from domain.notice_words import ExcessFinding, Reader
from domain.policy import Policy
from domain.refusals import Refused
from domain.state import RequestState
from domain.vocabulary import Decision, NoticeKind, Requester, RequestType

FRAUDULENT = "fraudulent"
"""The policy's reason for denying what is believed to be fraud (COR-07)."""

REPEATED = "repeated_correction"
"""The policy's reason for denying what was denied a short time ago (COR-06)."""

ANY_REASON = "any"
"""Stands for the reason of an extension that nobody has worded yet."""

EXTENSION_REFUSALS = {
    RefusalCode.TYPE_NOT_EXTENDABLE: "The law gives no extension for this kind of request.",
    RefusalCode.ALREADY_ANSWERED: "This request is answered already; its clock has stopped.",
    RefusalCode.ALREADY_EXTENDED: "This request was extended once; there is no second time.",
    RefusalCode.NO_REASON: "An extension needs a reason.",
    RefusalCode.DAYS_OUT_OF_RANGE: "Choose from 1 to {longest} days; the law allows no more.",
    RefusalCode.NOTICE_LATE: "The last day for an extension has passed. Answer now.",
}


def must_be_grantable(state: RequestState, *_: object) -> None:
    """Refuse a grant that nothing in its input could make lawful now.

    Raises:
        Refused: decided, not proved, stopped, or not counted yet.
    """
    must_be_undecided(state)
    _must_be_proved(state)
    _must_not_be_stopped(state)
    if state.awaits_fee:
        raise Refused("The consumer has an estimate and has not accepted it; nothing starts yet.")
    if state.holdings is None:
        raise Refused("What is held of this person is still being counted. Try again in a moment.")


@guarded(must_be_grantable)
def approve(
    state: RequestState, message: messages.Approve, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Grant the request, once the identity is verified and retentions are confirmed (DEL-01)."""
    approved = _approved(state, message, policy)
    _must_confirm_fallen(state, message.confirm_fallen)
    return (approved,)


def _approved(state: RequestState, message: messages.Approve, policy: Policy) -> e.RequestApproved:
    _must_be_code(state, policy, "approve", message.reason)
    _must_confirm(state, message.confirm_grounds)
    return e.RequestApproved(
        actor=message.actor,
        reason=message.reason,
        confirmed_grounds=message.confirm_grounds,
        confirmed_fallen=message.confirm_fallen,
    )


def must_be_grantable_in_part(state: RequestState, *_: object) -> None:
    """Refuse to keep a part of what is not erased. Raises ``Refused``."""
    must_be_grantable(state)
    if not state.is_erasure:
        raise Refused(
            "Only what would be erased can be kept. "
            "To withhold parts of a copy, review the package on the case page."
        )


@guarded(must_be_grantable_in_part)
def approve_in_part(
    state: RequestState, message: messages.ApproveInPart, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Grant the request, and keep what staff name under a ground of the law (DEL-01, DEL-16)."""
    granted = _approved(state, message, policy)
    kept = tuple(_kept(state, policy, each, message.decided_by) for each in message.keep)
    _must_confirm_fallen(state, message.confirm_fallen, but={each.collection for each in kept})
    return (granted.model_copy(update={"kept": kept}),)


def _kept(state: RequestState, policy: Policy, keep: messages.Keep, reviewer: str) -> e.Retention:
    held = state.holdings.rows if state.holdings else {}
    if not held.get(keep.collection):
        listed = ", ".join(sorted(name for name, rows in held.items() if rows)) or "none"
        raise Refused(f"Nothing would be erased there. Collections with rows: {listed}.")
    grounds = [
        each.code
        for each in policy.deletion.exceptions
        if not (each.conditions or each.lawful_until or each.code == NOT_COLLECTED)
    ]
    if keep.ground not in grounds:
        raise Refused(
            f"Staff may keep rows under one of: {', '.join(grounds)}. "
            "A ground with further conditions stands in the data map, with its proof."
        )
    return e.Retention(
        collection=keep.collection,
        ground=keep.ground,
        rows=held[keep.collection],
        reviewer=reviewer,
    )


@guarded(must_be_undecided)
def withdraw(
    state: RequestState, message: messages.Withdraw, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Record that the consumer took the request back; its letter confirms it (REC-07)."""
    return (e.RequestWithdrawn(actor=message.actor, reason=message.reason),)


def _must_need_authority(state: RequestState, *_: object) -> None:
    must_be_undecided(state)
    if not state.needs_authority:
        raise Refused("Nobody asks for somebody else here, so there is no authority to judge.")


def _must_lack_authority(state: RequestState, *_: object) -> None:
    _must_need_authority(state)
    if state.authority:
        raise Refused("The authority was accepted already; there is nothing more to do.")


@guarded(_must_lack_authority)
def accept_authority(
    state: RequestState, message: messages.AcceptAuthority, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Let somebody act for the consumer, once the proof was checked (AGT-01 to AGT-08, MIN-05)."""
    known = authority_forms(state, policy)
    if message.form not in known:
        raise Refused(f"That is no accepted form. Choose one of: {', '.join(known)}.")
    authority.must_suffice(state, policy, message)
    accepted = e.AuthorityAccepted(actor=message.actor, form=message.form, seen=message.seen)
    return (accepted, *authority.letters_after(state, policy, message.form, now))


@guarded(_must_need_authority)
def refuse_authority(
    state: RequestState, message: messages.RefuseAuthority, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Turn a proof down and ask for a better one, while the window is open (AGT-04).

    One that was accepted ends so when the consumer takes the permission back.
    """
    refused = e.AuthorityRefused(actor=message.actor, reason=message.reason)
    again = e.NoticeRequested(
        notice=NoticeKind.AGENT_PROOF,
        facts=letters.agent_proof(state, policy, now),
        links=(LinkPurpose.STATUS,),
        links_expire_at=state.dates.window_closes_at if state.dates else None,
    )
    return (refused, again)


def _must_be_of_a_young_person(state: RequestState, *_: object) -> None:
    must_be_undecided(state)
    if state.request_type is not RequestType.MINOR_PURGE:
        raise Refused("Age is established only for a report of a young person.")


@guarded(_must_be_of_a_young_person)
def establish_age(
    state: RequestState, message: messages.EstablishAge, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Record how the age was established; without it no young person's data is erased (MIN-06)."""
    return (e.AgeEstablished(actor=message.actor, method=message.method),)


def _must_have_no_estimate(state: RequestState, *_: object) -> None:
    must_be_undecided(state)
    _must_be_proved(state)
    if state.fee is not None:
        raise Refused("An estimate was sent already; wait for the consumer, or refuse.")


@guarded(_must_have_no_estimate)
def quote_fee(
    state: RequestState, message: messages.QuoteFee, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Send an estimate for an excessive request; the clock runs on (FEE-02, FEE-03, CLK-18)."""
    _must_be_code(state, policy, "quote_fee", message.reason)
    quoted = e.FeeQuoted(
        actor=message.actor,
        reason=message.reason,
        work_minutes=message.work_minutes,
        hourly_rate_cents=policy.fees.hourly_rate_cents,
    )
    estimate = Decimal(quoted.work_minutes * quoted.hourly_rate_cents) / (60 * 100)
    if not _may(policy, _finding(state, message.reason, fees.Path.FEE, estimate)):
        raise Refused(
            "This request is not one too many, so it is free of charge, unless you find it "
            'excessive: then say so with the reason "excessive".'
        )
    letter = e.NoticeRequested(
        notice=NoticeKind.FEE_ESTIMATE,
        facts=letters.fee_estimate(state, policy, quoted, now),
        links=(LinkPurpose.ACCEPT_FEE, LinkPurpose.STATUS),
        links_expire_at=state.dates.window_closes_at if state.dates else None,
    )
    return (quoted, letter)


def _must_be_one_too_many(state: RequestState, policy: Policy, *_: object) -> None:
    must_be_undecided(state)
    if not _may(policy, _finding(state, ExcessFinding.TOO_MANY, fees.Path.REFUSE)):
        raise Refused("This request is not one too many, so it cannot be refused for that.")


@guarded(_must_be_one_too_many)
def refuse_excess(
    state: RequestState, message: messages.RefuseExcess, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Refuse one request to know too many, and say from when a new one is served (FRQ-04)."""
    return (e.ExcessRefused(actor=message.actor, reason=message.reason),)


def must_be_deniable(state: RequestState, policy: Policy, *_: object) -> None:
    """Refuse a denial that no reason could make lawful now.

    Raises:
        Refused: decided and not stopped half-way, or identity still to be proved.
    """
    if state.undoing is not None:
        raise Refused("Data was taken out already. Have it put back with restore first.")
    if not (state.parked and state.decision is Decision.GRANT and state.erased is None):
        must_be_undecided(state)
    if not state.identity_settled:
        raise Refused(
            "The evidence window is open until "
            f"{_pacific(state, policy)}. If the identity stays unverified, the request is "
            "denied then by itself, with its letter. Wait for that, or for the consumer."
        )


@guarded(must_be_deniable)
def deny(
    state: RequestState, message: messages.Deny, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Refuse the request for a reason of the policy; the letter carries the reason's sentence."""
    _must_be_code(state, policy, "deny", message.reason)
    if message.reason == REPEATED and not _is_repeated(state, policy):
        raise Refused(
            f"No correction of this person was denied within {policy.correction.repeat_months} "
            "months before this request, so it has to be decided by itself."
        )
    documented = fraud.Belief(documented=state.fraud is not None)
    if message.reason == FRAUDULENT and not fraud.allows_denial(documented):
        raise Refused(
            "A denial for fraud needs a belief that is on record. Send flag_fraud with what it "
            "rests on first, then deny."
        )
    if message.law and message.reason not in BY_LAW:
        raise Refused(f"A law goes with {_or(BY_LAW)} only; leave it out.")
    return (e.RequestDenied(actor=message.actor, reason=message.reason, law=message.law),)


def must_name_the_law(message: messages.Deny) -> None:
    """Refuse a denial that speaks of a law and leaves the consumer to guess which (DEL-04, COR-09).

    Asked wherever a denial comes in, and not when it is read back: older ones named none.

    Raises:
        Refused: the reason rests on a law, and none is cited.
    """
    if message.reason in BY_LAW and not message.law:
        raise Refused(
            f"The letter must say which law. Add its name and section, for example "
            f'"law": "{EXAMPLE}".'
        )


def _or(codes: Collection[str]) -> str:
    return " or ".join(sorted(codes))


def _must_be_extendable(state: RequestState, policy: Policy, now: datetime) -> None:
    if state.received_at is None or state.dates is None:
        raise Refused("The request is still being opened. Try again in a moment.")
    if state.proves_address and not state.address_confirmed:
        raise Refused(
            "The consumer has not replied yet, and silence is no ground for an extension. "
            "If they stay silent, the request is closed on its due date by itself."
        )
    must_have_work_left(state)
    _extension(state, policy, now, _longest(state.dates), ANY_REASON)


@guarded(_must_be_extendable)
def extend_deadline(
    state: RequestState, message: messages.ExtendDeadline, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Approve the one extension and ask for its letter; it holds once that is accepted (CLK-05).

    Raises:
        Refused: it is not lawful, or there is no work that it could serve (CLK-14).
    """
    assert state.dates is not None, "what is extended was promised"
    days = _longest(state.dates) if message.days is None else message.days
    judged = _extension(state, policy, now, days, message.reason)
    _must_be_code(state, policy, "extend_deadline", message.reason)
    facts = letters.extension(state, policy, message.reason, judged.new_due, days, now)
    letter = e.NoticeRequested(notice=NoticeKind.EXTENSION, facts=facts)
    approved = e.ExtensionApproved(
        actor=message.actor,
        reason=message.reason,
        extra_days=days,
        new_due=judged.new_due,
        notice_deadline=clocks.deadline_instant(state.dates.respond_by, policy),
        letter=state.n + 1,
    )
    return (letter, approved, *_same_to_agent(state, letter))


def _extension(
    state: RequestState, policy: Policy, now: datetime, days: int, reason: str
) -> clocks.ExtensionAllowed:
    assert state.received_at is not None, "what is extended was received"
    judged = clocks.judge_extension(
        policy,
        request_type=state.request_type,
        residency=state.residency,
        received_at=state.received_at,
        notice_at=now,
        extra_days=days,
        reason=reason,
        prior_extensions=0 if state.extension is None else 1,
        answered=state.answered,
    )
    if isinstance(judged, clocks.ExtensionRefused):
        raise Refused(EXTENSION_REFUSALS[judged.code].format(longest=judged.longest))
    return judged


def _same_to_agent(state: RequestState, letter: e.NoticeRequested) -> tuple[e.NoticeRequested, ...]:
    """Write the same to an agent; it is the consumer's letter that counts (AGT-07)."""
    if not letters.agent_is_told(state):
        return ()
    facts = letter.facts | {"reader": Reader.REQUESTER.value}
    return (letter.model_copy(update={"facts": facts}),)


def _must_be_parked(state: RequestState, *_: object) -> None:
    if state.parked is None:
        raise Refused("No step waits for a retry; there is nothing to do.")


@guarded(_must_be_parked)
def retry_step(
    state: RequestState, message: messages.RetryStep, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Have a parked step, or a refused letter, tried again."""
    assert state.parked is not None, "what is retried was parked"
    actor = message.actor
    retried = e.StepRetried(step=state.parked.step, actor=actor)
    refused = [n for n, letter in state.letters.items() if letter.status == "refused"]
    return (retried, *(e.LetterRetried(letter=n, actor=actor) for n in refused))


def kept_grounds(state: RequestState) -> frozenset[str]:
    """Return the grounds under which something stays, where the request would erase it."""
    if not state.is_erasure or state.holdings is None:
        return frozenset()
    return frozenset(kept.ground for kept in state.holdings.retained)


def fallen_grounds(state: RequestState, but: Collection[str] = ()) -> frozenset[str]:
    """Return the grounds of the data map that are none for this request (DEL-16).

    What staff keep on another ground, ``but``, is not erased and needs no such word.
    """
    if not state.is_erasure or state.holdings is None:
        return frozenset()
    return frozenset(one.ground for one in state.holdings.fallen if one.collection not in but)


def _longest(dates: e.PromisedDates) -> int:
    latest = dates.latest_respond_by or dates.respond_by
    return (latest - dates.respond_by).days


def _is_repeated(state: RequestState, policy: Policy) -> bool:
    """Tell whether a denial may rest on an earlier one; that nothing is new is staff's word."""
    denied_on = state.earlier.denied_on if state.earlier else None
    if denied_on is None or state.dates is None:
        return False
    prior = correction.PriorDenial(denied_on=denied_on)
    return correction.may_deny_as_repeated(policy, state.dates.receipt_date, prior)


def _finding(
    state: RequestState, reason: str, path: fees.Path, estimate: Decimal | None = None
) -> fees.Finding:
    """Return what was found: too many is counted, anything else is staff's own word (FEE-02)."""
    priced = ExcessFinding.EXCESSIVE if reason == ExcessFinding.EXCESSIVE else None
    by_staff = priced if path is fees.Path.FEE else None
    ground = ExcessFinding.TOO_MANY if state.is_excess else by_staff
    return fees.Finding(ground=ground, reason=reason, path=path, estimate=estimate)


def _may(policy: Policy, finding: fees.Finding) -> bool:
    return fees.judge(policy, finding).allowed


def _must_be_code(state: RequestState, policy: Policy, action: str, code: str) -> None:
    codes = [reason.code for reason in policy.reasons_for(action, state.request_type)]
    if code not in codes:
        raise Refused(f"The policy has no such reason. Choose one of: {', '.join(codes)}.")


def _must_be_proved(state: RequestState) -> None:
    if not state.authority_settled:
        raise Refused(
            "Nobody has checked yet that this requester may ask for the consumer. "
            "Look at the proof and send accept_authority or refuse_authority first."
        )
    if not state.identity_settled:
        raise Refused(
            "The consumer's identity is not verified yet, so nothing may be granted. "
            "The current details say what is still awaited."
        )
    if state.request_type is RequestType.MINOR_PURGE and not state.age_established:
        raise Refused(
            "Nobody has established yet that this is a young person. "
            "Send establish_age with the way it was done first."
        )


def _must_not_be_stopped(state: RequestState) -> None:
    must_be_unsuspected(state)
    if state.holds and state.is_erasure:
        raise Refused(
            f"A legal hold ({', '.join(state.holds)}) is on this request, so nothing may be "
            "erased. Send release_hold when it is over."
        )


def authority_forms(state: RequestState, policy: Policy) -> tuple[str, ...]:
    """Return the forms of authority that whoever asks here may show."""
    if state.requester in {Requester.PARENT, Requester.CONSUMER}:
        return policy.minors.parent_methods
    return {
        Requester.AGENT_SIGNED: ("signed_permission", "power_of_attorney"),
        Requester.AGENT_POA: ("power_of_attorney", "signed_permission"),
        Requester.CONSERVATOR: ("letters_of_conservatorship",),
    }.get(state.requester, ())


def _must_confirm(state: RequestState, confirmed: tuple[str, ...]) -> None:
    _must_name(
        kept_grounds(state),
        confirmed,
        none='Nothing is kept under a ground here: leave "confirm_grounds" out.',
        some="Some records are kept by law (see the current details). "
        'Confirm it by sending "confirm_grounds": [{listed}].',
    )


def _must_confirm_fallen(
    state: RequestState, confirmed: tuple[str, ...], but: Collection[str] = ()
) -> None:
    _must_name(
        fallen_grounds(state, but),
        confirmed,
        none='No ground of the data map fell away here: leave "confirm_fallen" out.',
        some="Some records that the data map keeps for others are erased for this person (see the "
        'current details). Confirm it by sending "confirm_fallen": [{listed}], or keep them on '
        "another ground with approve_in_part.",
    )


def _must_name(grounds: Iterable[str], named: tuple[str, ...], *, none: str, some: str) -> None:
    """Refuse unless exactly these grounds were named; ``some`` says which, as ``{listed}``."""
    wanted = sorted(grounds)
    if sorted(set(named)) == wanted:
        return
    if not wanted:
        raise Refused(none)
    raise Refused(some.format(listed=", ".join(f'"{ground}"' for ground in wanted)))


def _pacific(state: RequestState, policy: Policy) -> str:
    closes = state.dates.window_closes_at if state.dates else None
    if closes is None:
        return "its end"
    return f"{closes.astimezone(policy.zone):%Y-%m-%d %H:%M} Pacific"
