"""An answer that came after its direction had ended: a fold over the stream of its own."""

from functools import singledispatch

from pydantic import Field

from domain import events as e
from domain import letterbook
from domain.letterbook import Letters


class LateAnswerState(e.Fact):
    """What was done about one late answer."""

    stream: str
    n: int = 0
    compared: bool = False
    settled: bool = False
    letters: Letters = Field(default_factory=dict)

    def apply(self, recorded: e.Recorded) -> "LateAnswerState":
        """Return the state after one more event. Every event type is accepted."""
        changes = _fold(recorded.event, self, recorded)
        return self.model_copy(update={"n": recorded.n, **changes})

    @property
    def waiting_letters(self) -> tuple[int, ...]:
        """Numbers of the letters that no mail server has accepted or refused yet."""
        return letterbook.waiting(self.letters)

    @property
    def letters_to_post(self) -> tuple[int, ...]:
        """Numbers of the letters on paper that wait at the post desk (NOT-07)."""
        return letterbook.to_post(self.letters)


Changes = dict[str, object]


@singledispatch
def _fold(event: e.Event, state: LateAnswerState, recorded: e.Recorded) -> Changes:
    """Return the fields that an event changes; events that are only remembered change none."""
    return {}


@_fold.register
def _(event: e.LateAnswerCompared, state: LateAnswerState, recorded: e.Recorded) -> Changes:
    return {"compared": True}


@_fold.register
def _(event: e.LateAnswerSettled, state: LateAnswerState, recorded: e.Recorded) -> Changes:
    return {"settled": True}


@_fold.register
def _(event: e.NoticeRequested, state: LateAnswerState, recorded: e.Recorded) -> Changes:
    return {"letters": letterbook.requested(state.letters, event, recorded)}


@_fold.register
def _(event: e.NoticeSent, state: LateAnswerState, recorded: e.Recorded) -> Changes:
    return {"letters": letterbook.sent(state.letters, event)}


@_fold.register
def _(event: e.LetterQueued, state: LateAnswerState, recorded: e.Recorded) -> Changes:
    return {"letters": letterbook.queued(state.letters, event.letter)}


@_fold.register
def _(event: e.NoticeRefused, state: LateAnswerState, recorded: e.Recorded) -> Changes:
    return {"letters": letterbook.refused(state.letters, event)}
