"""What staff do about a request besides deciding it, and why they may not."""

from datetime import datetime

from domain import clocks, notices, verification
from domain import events as e
from domain import handling_messages as messages
from domain.decisions import letters, receipt
from domain.decisions.guarded import always, guarded
from domain.decisions.preconditions import must_be_undecided, must_be_unsuspected
from domain.documents import AUTHORITY
from domain.letterbook import Letter
from domain.links import LinkPurpose
from domain.notice_words import Need
from domain.paths import Fulfilment, Proof, path_of
from domain.policy import Policy
from domain.refusals import Refused
from domain.state import RequestState
from domain.vocabulary import NoticeKind, Requester, RequestType, Residency

NEED_MORE_THAN_A_NAME = frozenset(
    {
        RequestType.CORRECT,
        RequestType.ACCOUNT_CHANGE,
        RequestType.TESTIMONIAL_CHANGE,
        RequestType.GPC_SIGNAL,
        RequestType.MINOR_PURGE,
    }
)
"""Kinds that a submission of another kind does not hold enough for."""

NEVER_RESENT = frozenset({NoticeKind.STAFF_ALERT, NoticeKind.PACKAGE_CODE, NoticeKind.EXTENSION})
"""Mails to staff, a code that the consumer can ask for anew, and a promise tied to its day."""


@guarded(always)
def reassign(
    state: RequestState, message: messages.Reassign, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Give a request to a member of staff."""
    if state.handler == message.to:
        raise Refused(f"{message.to} has this request already.")
    return (e.RequestReassigned(actor=message.actor, to=message.to),)


def _must_have_something_to_keep(state: RequestState, *_: object) -> None:
    if state.erased is not None:
        raise Refused("What this request asked for is erased already; a hold would keep nothing.")


@guarded(_must_have_something_to_keep)
def place_hold(
    state: RequestState, message: messages.PlaceHold, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Stop every erasure for this request until the hold is released (REC-06)."""
    if message.hold in state.holds:
        raise Refused(f"The hold {message.hold} is on this request already.")
    placed = e.HoldPlaced(actor=message.actor, hold=message.hold, matter=message.matter)
    return (placed,)


def _must_be_held(state: RequestState, *_: object) -> None:
    if not state.holds:
        raise Refused("No hold was placed here by an action. See privacy hold list.")


@guarded(_must_be_held)
def release_hold(
    state: RequestState, message: messages.ReleaseHold, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Release a hold that was placed by an action on this request."""
    if message.hold not in state.holds:
        placed = ", ".join(state.holds)
        raise Refused(f"No such hold was placed here (placed: {placed}). See privacy hold list.")
    return (e.HoldReleased(actor=message.actor, hold=message.hold),)


def _must_be_askable(state: RequestState, policy: Policy, *_: object) -> None:
    must_be_undecided(state)
    _must_have_a_reader(state, policy)


@guarded(_must_be_askable)
def ask_consumer(
    state: RequestState, message: messages.AskConsumer, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Send N-02 with what is asked for, while an answer to it still counts (VER-16)."""
    proving = message.need in {Need.MORE_POINTS, Need.DECLARATION}
    if proving and state.identity_settled:
        raise Refused("The identity is verified; no more proof of it may be asked for.")
    letter = e.NoticeRequested(
        notice=NoticeKind.MORE_INFORMATION,
        facts=letters.more_information(state, policy, now, needs=(message.need,)),
        links=(LinkPurpose.RESPOND,) if proving else (),
        links_expire_at=state.dates.window_closes_at if proving and state.dates else None,
    )
    return (e.ConsumerAsked(actor=message.actor, need=message.need), letter)


def _must_be_confirmable(state: RequestState, policy: Policy, *_: object) -> None:
    must_be_undecided(state)
    if state.identity_settled or path_of(state.request_type).proof is not Proof.IDENTITY:
        raise Refused("No identity waits to be confirmed here.")
    must_be_unsuspected(state)
    known = state.assessment
    if known is None or not known.points_counted:
        raise Refused(
            "Nobody in the records fits yet. Ask the consumer for more with ask_consumer."
        )
    if known.ambiguous:
        raise Refused(
            "More than one person fits, and nothing may be disclosed or erased. "
            "Ask the consumer for more with ask_consumer."
        )
    if letters.owes_declaration(state, policy):
        raise Refused("The signed declaration is missing. Ask for it with ask_consumer.")


@guarded(_must_be_confirmable)
def confirm_identity(
    state: RequestState, message: messages.ConfirmIdentity, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Take staff's word for the one person whom the records suggest (VER-16, VER-18)."""
    assert state.assessment is not None, "what is confirmed was assessed"
    verified = e.IdentityVerified(
        points_counted=state.assessment.points_counted,
        points_required=verification.points_asked(policy, state.request_type, state.residency),
        evidence=state.evidence_received,
        means=message.means,
        actor=message.actor,
    )
    return (verified,)


def _must_have_more_time(state: RequestState, policy: Policy, *_: object) -> None:
    must_be_undecided(state)
    if state.identity_settled:
        raise Refused("The identity is settled; no window is open or needed.")
    if state.extension is None or state.extension.status != "effective":
        raise Refused(
            "The window ends with the due date. It can be moved only after an extension whose "
            "letter went out."
        )
    if state.dates is None or state.dates.window_closes_at == _extended_window(state, policy):
        raise Refused("The window is open until the extended due date already.")


@guarded(_must_have_more_time)
def reopen_window(
    state: RequestState, message: messages.ReopenWindow, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Move the end of the evidence window to the extended due date, by hand only (CLK-10)."""
    return (e.WindowReopened(actor=message.actor, until=_extended_window(state, policy)),)


def _extended_window(state: RequestState, policy: Policy) -> datetime | None:
    assert state.extension is not None, "the window moves with an extension"
    return clocks.window_end(policy, state.request_type, state.residency, state.extension.new_due)


@guarded(must_be_undecided)
def reclassify(
    state: RequestState, message: messages.Reclassify, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Go on as the kind of request that this really is, by its own clock (REQ-14, REQ-15).

    The consumer hears it by a new acknowledgement. What was proved is judged anew.
    """
    wanted = _wanted(state, message)
    _must_be_possible(state, message, wanted)
    request_type, residency, requester = wanted
    event = e.RequestReclassified(
        actor=message.actor,
        request_type=request_type,
        residency=residency,
        requester=requester,
        dates=receipt.promised(
            clocks.restated_dates(policy, request_type, residency, _received_at(state), now)
        ),
        must_prove=receipt.must_prove(request_type),
        needs_authority=receipt.must_show_authority(
            policy, request_type, requester, state.age_band
        ),
    )
    after = state.apply(e.Recorded(n=state.n + 1, at=now, event=event))
    told = receipt.confirm_receipt(after, policy, now) if _may_write(after, policy) else ()
    return (event, *told)


def _wanted(
    state: RequestState, message: messages.Reclassify
) -> tuple[RequestType, Residency, Requester]:
    return (
        message.request_type or state.request_type,
        message.residency or state.residency,
        message.requester or state.requester,
    )


def _must_be_possible(
    state: RequestState,
    message: messages.Reclassify,
    wanted: tuple[RequestType, Residency, Requester],
) -> None:
    if wanted == state.asked_for:
        raise Refused("That is what it is already. Name the request_type, residency or requester.")
    if message.request_type in NEED_MORE_THAN_A_NAME - {state.request_type}:
        raise Refused(
            "A request of that kind needs more than this one holds. "
            "File a new one with privacy request new, with the day of the first contact."
        )
    undone = Fulfilment.DEACTIVATE in path_of(state.request_type).at_once
    if message.request_type and undone and state.deactivated is not None:
        raise Refused("The account was switched off for this request; it cannot change its kind.")


def _must_have_an_address(state: RequestState, policy: Policy, now: datetime) -> None:
    must_be_undecided(state)
    if state.is_purge or state.disowned or state.request_type is RequestType.GPC_SIGNAL:
        raise Refused("Nobody is written to about this request, so no address is there to correct.")
    closes = state.dates.window_closes_at if state.dates else None
    if state.proves_address and closes is not None and now >= closes:
        raise Refused(
            "The time in which an address can be proved is over. Send reopen_window after an "
            "extension, or file the request anew with the right address."
        )


@guarded(_must_have_an_address)
def correct_contact(
    state: RequestState,
    message: messages.CorrectContact,
    policy: Policy,
    now: datetime,
    *,
    row: int,
) -> tuple[e.Event, ...]:
    """Write to another address from now on, which proves nothing before its link is used (VER-17).

    Whatever was proved by the one before is judged anew.
    """
    corrected = e.ContactCorrected(actor=message.actor, row=row)
    after = state.apply(e.Recorded(n=state.n + 1, at=now, event=corrected))
    return (corrected, receipt.acknowledgement(after, policy, now))


def _must_have_documents(state: RequestState, policy: Policy, *_: object) -> None:
    must_be_undecided(state)
    if not state.documents:
        raise Refused("No document came in, so there is none to turn down.")
    _must_have_a_reader(state, policy)


@guarded(_must_have_documents)
def reject_document(
    state: RequestState, message: messages.RejectDocument, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Turn one uploaded document down; whoever sent it is asked for a better one (AGT-01)."""
    if message.document not in state.documents:
        listed = ", ".join(dict.fromkeys(state.documents))
        raise Refused(f"No such document is there to look at. Those that are: {listed}.")
    shows_authority = message.document in AUTHORITY and state.needs_authority
    if shows_authority and state.authority:
        raise Refused(
            "The authority was accepted already. Send refuse_authority if it does not stand."
        )
    rejected = e.DocumentRejected(
        actor=message.actor, purpose=message.document, reason=message.fault
    )
    fault = notices.RejectedDocument(document=message.document, fault=message.fault)
    asked = e.NoticeRequested(
        notice=NoticeKind.AGENT_PROOF if shows_authority else NoticeKind.MORE_INFORMATION,
        facts=letters.agent_proof(state, policy, now, fault)
        if shows_authority
        else letters.better_document(state, policy, fault, now),
        links=(LinkPurpose.STATUS,),
        links_expire_at=state.dates.window_closes_at if state.dates else None,
    )
    return (rejected, asked)


def _must_be_flaggable(state: RequestState, *_: object) -> None:
    must_be_undecided(state)
    must_be_unsuspected(state)


@guarded(_must_be_flaggable)
def flag_fraud(
    state: RequestState, message: messages.FlagFraud, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Hold everything that cannot be taken back, and document the belief (VER-16, COR-07)."""
    return (e.FraudFlagged(actor=message.actor, reason=message.reason),)


def _must_be_flagged(state: RequestState, *_: object) -> None:
    if state.fraud is None:
        raise Refused("This request is not flagged.")


@guarded(_must_be_flagged)
def clear_fraud(
    state: RequestState, message: messages.ClearFraud, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Go on where the suspicion had stopped the request."""
    return (e.FraudCleared(actor=message.actor),)


def _must_have_sent_letters(state: RequestState, policy: Policy, *_: object) -> None:
    _must_have_a_reader(state, policy)
    if not _resendable(state):
        raise Refused("No letter is there that can be sent again: none went out to the consumer.")


@guarded(_must_have_sent_letters)
def resend_letter(
    state: RequestState, message: messages.ResendLetter, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Send the same words once more as a letter of its own; the first one stays as sent."""
    numbers = _resendable(state)
    wanted = message.letter or max(numbers)
    if wanted not in numbers:
        listed = ", ".join(str(n) for n in numbers)
        raise Refused(f"That is no letter that can be sent again. Those are: {listed}.")
    return (e.LetterResent(actor=message.actor, letter=wanted),)


def _resendable(state: RequestState) -> list[int]:
    return [n for n, letter in state.letters.items() if _can_be_resent(letter)]


def _can_be_resent(letter: Letter) -> bool:
    sent = letter.status == "accepted" and letter.audience == "consumer"
    return sent and letter.notice not in NEVER_RESENT


def _must_have_a_package(state: RequestState, *_: object) -> None:
    if state.package_ends_at is None:
        raise Refused("No package can be fetched here, so there is no delivery to revoke.")


@guarded(_must_have_a_package)
def revoke_delivery(
    state: RequestState, message: messages.RevokeDelivery, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Close the way to the package, when its link may be in wrong hands (KNO-07)."""
    return (e.DeliveryRevoked(actor=message.actor),)


def _received_at(state: RequestState) -> datetime:
    assert state.received_at is not None, "an action reaches a request that was received"
    return state.received_at


def _may_write(state: RequestState, policy: Policy) -> bool:
    """At most two letters go to an address that nobody has confirmed (NOT-05)."""
    confirmed = state.address_confirmed or not state.proves_address
    return confirmed or state.letters_there < policy.verification.unconfirmed_letters


def _must_have_a_reader(state: RequestState, policy: Policy) -> None:
    if not _may_write(state, policy):
        raise Refused(
            "Two letters went to this address, which nobody has confirmed; no third may go there."
        )
    if state.is_purge or state.disowned or state.request_type is RequestType.GPC_SIGNAL:
        raise Refused("Nobody is written to about this request, so there is nobody to ask.")
