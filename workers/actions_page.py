"""docs/actions.md: everything that staff can send, drawn from the table of actions."""

from collections.abc import Iterator

from domain.action_table import Action, ActionTable
from domain.actions import ACTIONS
from domain.direction_actions import DIRECTION_ACTIONS
from domain.late_answer_actions import LATE_ANSWER_ACTIONS
from domain.policy import Policy
from domain.policy_terms.staff import Reason


def page(policy: Policy) -> str:
    """Return the whole page; the reasons are those of one policy."""
    return "\n".join(
        (*_opening(policy), *_actions(policy), *_to_directions(policy), *_to_late(policy))
    )


def _opening(policy: Policy) -> Iterator[str]:
    yield "# Everything that staff can send"
    yield ""
    yield (
        "How to send an action: [staff.md](staff.md). A request's current details offer those that "
        "can be sent at that moment, with the JSON ready to paste."
    )
    yield (
        f"This page is drawn from the tables of actions and the policy `{policy.version}` by "
        "`.venv/bin/python -m workers.pages --write`; a test keeps it true."
    )
    yield ""


def _to_directions(policy: Policy) -> Iterator[str]:
    yield "# To the direction of one service provider"
    yield ""
    yield (
        "On the provider's own workflow, `PR-….provider`. What each is for: "
        "[providers.md](providers.md#for-staff-one-direction)."
    )
    yield ""
    yield from _actions(policy, DIRECTION_ACTIONS)


def _to_late(policy: Policy) -> Iterator[str]:
    yield "# To an answer that came after its direction had ended"
    yield ""
    yield "On the late answer's own workflow, `PR-….provider.late-…`, where it writes on paper."
    yield ""
    yield from _actions(policy, LATE_ANSWER_ACTIONS)


def _actions(policy: Policy, table: ActionTable = ACTIONS) -> Iterator[str]:
    for action in table.values():
        yield f"## `{action.name}`"
        yield ""
        yield action.purpose
        yield ""
        yield f"```json\n{action.example_json}\n```"
        yield ""
        yield from _fields(action)
        yield from _reasons(policy, action)


def _fields(action: Action) -> Iterator[str]:
    described = [
        f"- `{name}`{'' if field.is_required() else ' (may be left out)'}: {field.description}"
        for name, field in action.message.model_fields.items()
        if field.description and name != "decided_by"
    ]
    if described:
        yield from described
        yield ""


def _reasons(policy: Policy, action: Action) -> Iterator[str]:
    reasons = [reason for reason in policy.reasons if reason.action == action.name]
    if "reason" not in action.message.model_fields or not reasons:
        return
    yield "Reasons, and what the letter will say:"
    yield ""
    for reason in reasons:
        yield f"- `{reason.code}`{_limited(reason)}: {reason.text.en}"
    yield ""


def _limited(reason: Reason) -> str:
    return f" (for {', '.join(reason.request_types)})" if reason.request_types else ""
