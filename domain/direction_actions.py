"""What staff can do to one provider's direction: the table of its actions."""

from domain import direction_messages as messages
from domain.action_table import Action, ActionTable
from domain.decisions import direction_staff as staff

DIRECTION_ACTIONS = ActionTable(
    Action(
        "record_provider_answer",
        messages.RecordProviderAnswer,
        staff.record_provider_answer,
        "Enter what the provider answered by post, telephone or mail.",
        {"decided_by": "s.lee", "answer": "partly", "reason": "legal_obligation"},
    ),
    Action(
        "close_direction",
        messages.CloseDirection,
        staff.close_direction,
        "Stop waiting for this provider; the consumer is told no more than it has confirmed.",
        {"decided_by": "s.lee", "reason": "provider_gone"},
    ),
    Action(
        "send_again",
        messages.SendAgain,
        staff.send_again,
        "Send the direction again after its cause was mended, or remind; fetch a copy again.",
        {"decided_by": "s.lee"},
    ),
    Action(
        "record_posted",
        messages.RecordPosted,
        staff.record_posted,
        "Say that you have posted the printed letter.",
        {"decided_by": "s.lee"},
    ),
)
