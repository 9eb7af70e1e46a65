"""What staff can do to a late answer: the table of its actions."""

from domain import messages
from domain.action_table import Action, ActionTable
from domain.decisions import late_answer

LETTER_POSTED = "letter_posted"

LATE_ANSWER_ACTIONS = ActionTable(
    Action(
        LETTER_POSTED,
        messages.LetterPosted,
        late_answer.letter_posted,
        "Say on which day the supplement on paper was posted; that is when it counts as sent.",
        {"decided_by": "s.lee", "letter": 2, "posted_on": "2026-11-23"},
    ),
)
