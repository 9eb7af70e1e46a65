"""What staff can do to a request now: all that its decisions would take, the likely ones first."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from domain.actions import ACTIONS, is_open
from domain.policy import Policy
from domain.state import RequestState

_LIKELY: dict[str, Callable[[RequestState], bool]] = {
    "unfreeze": lambda state: True,
    "reissue_package": lambda state: True,
    "letter_posted": lambda state: True,
    "messages_read": lambda state: True,
    "accept_authority": lambda state: True,
    "refuse_authority": lambda state: not state.authority_settled,
    "reject_document": lambda state: True,
    "establish_age": lambda state: not state.age_established,
    "approve": lambda state: True,
    "rebuild_report": lambda state: True,
    "release_report": lambda state: True,
    "review_items": lambda state: True,
    "quote_fee": lambda state: state.is_excess,
    "refuse_excess": lambda state: True,
    "deny": lambda state: True,
    "extend_deadline": lambda state: state.awaits_decision,
    "restore": lambda state: True,
    "retry_step": lambda state: True,
    "withdraw": lambda state: True,
}
"""What is offered with its JSON, in this order, and where: the rest is named only."""


class Offers(NamedTuple):
    """Names of actions: what is likely wanted now, and what is possible but seldom needed."""

    likely: tuple[str, ...]
    seldom: tuple[str, ...]


def offers(state: RequestState, policy: Policy, now: datetime) -> Offers:
    """Name every action that some input would be taken for; the others would be refused."""
    possible = [name for name, action in ACTIONS.items() if is_open(action, state, policy, now)]
    likely = [name for name, holds in _LIKELY.items() if name in possible and holds(state)]
    return Offers(tuple(likely), tuple(name for name in possible if name not in likely))
