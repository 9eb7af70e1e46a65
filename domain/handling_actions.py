"""What staff can do about a request besides deciding it: the rest of the table of actions."""

from domain import handling_messages as messages
from domain.action_table import Action
from domain.decisions import handling, incident

HANDLING = (
    Action(
        "ask_consumer",
        messages.AskConsumer,
        handling.ask_consumer,
        "Write to the consumer that more is needed: details, the declaration, or what is meant.",
        {"decided_by": "s.lee", "need": "more_points"},
    ),
    Action(
        "confirm_identity",
        messages.ConfirmIdentity,
        handling.confirm_identity,
        "Say by what other means the one person whom the records suggest was verified.",
        {"decided_by": "s.lee", "means": "called_back"},
    ),
    Action(
        "reopen_window",
        messages.ReopenWindow,
        handling.reopen_window,
        "Let proof of identity count until the extended due date.",
        {"decided_by": "s.lee"},
    ),
    Action(
        "reclassify",
        messages.Reclassify,
        handling.reclassify,
        "Correct the kind of request, the residency or the requester; its clock follows.",
        {"decided_by": "s.lee", "request_type": "know_both"},
    ),
    Action(
        "correct_contact",
        messages.CorrectContact,
        handling.correct_contact,
        "Correct the consumer's e-mail address, on the case page or by privacy request "
        "correct-contact; it must be confirmed again, and earlier links open nothing.",
        {"decided_by": "s.lee"},
        personal="the consumer's e-mail address",
    ),
    Action(
        "reject_document",
        messages.RejectDocument,
        handling.reject_document,
        "Turn one uploaded document down, whatever it was to show; the letter says what is wrong "
        "with it and asks for a better one. (refuse_authority turns down the whole proof that "
        "somebody may ask, however it came, and ends one that was accepted.)",
        {"decided_by": "s.lee", "document": "permission", "fault": "not_signed"},
    ),
    Action(
        "flag_fraud",
        messages.FlagFraud,
        handling.flag_fraud,
        "Stop at a suspicion of fraud and document it; the clock runs on.",
        {"decided_by": "s.lee", "reason": "details_do_not_match"},
    ),
    Action(
        "clear_fraud",
        messages.ClearFraud,
        handling.clear_fraud,
        "Say that the suspicion did not hold, and go on.",
        {"decided_by": "s.lee"},
    ),
    Action(
        "freeze",
        messages.Freeze,
        incident.freeze,
        "Stop everything after a misdelivery: links end, letters are held, counsel gets a task; "
        "the clock runs on.",
        {"decided_by": "s.lee"},
        counsels=True,
    ),
    Action(
        "unfreeze",
        messages.Unfreeze,
        incident.unfreeze,
        "Let a frozen request go on, and send or drop the letters that were held.",
        {"decided_by": "s.lee", "reason": "cause_mended", "letters": "drop"},
        counsels=True,
    ),
    Action(
        "place_hold",
        messages.PlaceHold,
        handling.place_hold,
        "Place a legal hold: nothing is erased for this request until its release.",
        {"decided_by": "s.lee", "hold": "LH-14", "matter": "CV-114"},
        counsels=True,
    ),
    Action(
        "release_hold",
        messages.ReleaseHold,
        handling.release_hold,
        "Release a hold that was placed on this request.",
        {"decided_by": "s.lee", "hold": "LH-14"},
        counsels=True,
    ),
    Action(
        "reassign",
        messages.Reassign,
        handling.reassign,
        "Say who of the team handles this request.",
        {"decided_by": "s.lee", "to": "m.ortiz"},
    ),
    Action(
        "resend_letter",
        messages.ResendLetter,
        handling.resend_letter,
        "Send a letter to the consumer once more, with links of its own.",
        {"decided_by": "s.lee"},
    ),
    Action(
        "revoke_delivery",
        messages.RevokeDelivery,
        handling.revoke_delivery,
        "Make every link to the package worthless at once.",
        {"decided_by": "s.lee"},
    ),
)
