"""Who may take an action: how well known, in which role, how many different people."""

from typing import Literal

from domain import events as e
from domain.action_table import Action
from domain.messages import Message
from domain.policy import Policy
from domain.policy_terms.staff import IdentityLevel
from domain.policy_terms.staff import Role as PolicyRole
from domain.refusals import Refused
from domain.state import RequestState
from domain.vocabulary import Role

HEALTH = "release_health_information"
"""The policy's name for the decision on what speaks of somebody's health (RED-08)."""

_LEVELS = {
    "self-asserted": IdentityLevel.SELF_ASSERTED,
    "stated by client": IdentityLevel.STATED_BY_CLIENT,
    "authenticated": IdentityLevel.AUTHENTICATED,
}
_FILLED_BY = {
    PolicyRole.PRIVACY_STAFF: frozenset({Role.HANDLER, Role.APPROVER}),
    PolicyRole.PRIVACY_OFFICER: frozenset({Role.APPROVER}),
    PolicyRole.COUNSEL: frozenset({Role.COUNSEL}),
}
"""The roles of signed-in staff that stand for a role of the policy."""


class Sender(e.Fact):
    """How well whoever sends an action is known; the id stands in the message itself."""

    known: Literal["self-asserted", "stated by client", "authenticated"] = "self-asserted"
    roles: frozenset[Role] | None = None
    """The roles that came with the sign-in; ``None`` of whoever did not sign in with us."""
    row: int | None = None
    """The inbox row that an action came by, whose evidence is what of it is personal."""

    @property
    def signed_in(self) -> bool:
        """Whether the sender proved to us who they are, and in which roles.

        Of somebody whom Temporal authenticated, only the id is known.
        """
        return self.known == "authenticated" and self.roles is not None

    def satisfies(self, level: IdentityLevel) -> bool:
        """Whether the sender is known well enough."""
        return _LEVELS[self.known].satisfies(level)

    def fills(self, role: PolicyRole) -> bool:
        """Whether the sender is signed in, in a role that stands for the policy's.

        Temporal lets nobody write but staff, so one whom it authenticated is of the privacy staff.
        """
        if self.known != "authenticated":
            return False
        if self.roles is None:
            return role is PolicyRole.PRIVACY_STAFF
        return not self.roles.isdisjoint(_FILLED_BY[role])


SOMEBODY = Sender()
"""Whoever typed a staff id."""


def must_be_entitled(policy: Policy, state: RequestState, action: Action, sender: Sender) -> None:
    """Refuse a sender who is not known well enough, or is signed in without the role.

    Raises:
        Refused: with a sentence that says who may.
    """
    demand = policy.approval_for(action.in_policy, state.request_type)
    if demand is not None and not sender.satisfies(demand.identity):
        raise Refused(
            f"The policy takes {action.name} only from a person whose identity was checked. "
            "Sign in at the case page and send it from there."
        )
    must_be_known = demand is not None and demand.identity is IdentityLevel.AUTHENTICATED
    if demand is not None and (sender.signed_in or must_be_known) and not sender.fills(demand.role):
        raise Refused(
            f"The policy leaves {action.name} to another role: {_words(demand.role)}. "
            "Ask somebody of that role to send it from the case page."
        )
    if action.irreversible and sender.signed_in and Role.APPROVER not in (sender.roles or ()):
        raise Refused("This cannot be undone, so somebody with the role approver sends it.")


def decides_on_health(policy: Policy, state: RequestState, sender: Sender) -> bool:
    """Tell whether a sender may decide on what speaks of health: counsel, signed in (RED-08)."""
    demand = policy.approval_for(HEALTH, state.request_type)
    return sender.fills(demand.role if demand else PolicyRole.COUNSEL)


def agreed(
    policy: Policy,
    state: RequestState,
    action: Action,
    message: Message,
    events: tuple[e.Event, ...],
) -> tuple[e.Event, ...]:
    """Return the events once as many different people as the policy asks want the same.

    Until then, only that one more of them does.

    Raises:
        Refused: this person has said so already.
    """
    demand = policy.approval_for(action.in_policy, state.request_type)
    people = demand.people if demand else 1
    if people == 1:
        return events
    terms = message.model_dump(mode="json", exclude={"decided_by"})
    said = {one.actor.id.casefold() for one in state.agreements if one.wants(action.name, terms)}
    if message.decided_by.casefold() in said:
        raise Refused(
            f"You have agreed to this. A second, different person must send {action.name}."
        )
    if len(said) + 1 >= people:
        return events
    return (e.ActionAgreed(actor=message.actor, action=action.name, terms=terms, people=people),)


def sent_by(
    sender: Sender, events: tuple[e.Event, ...], *, on_health: bool = False
) -> tuple[e.Event, ...]:
    """Write into events how well their actor is known, and whether it may decide on health."""
    stamped = (_stamped(sender, event) for event in events)
    if not on_health:
        return tuple(stamped)
    return tuple(
        event.by_counsel() if isinstance(event, e.ItemsReviewed) else event for event in stamped
    )


def _stamped(sender: Sender, event: e.Event) -> e.Event:
    actor = getattr(event, "actor", None)
    if not isinstance(actor, e.Actor) or actor.known != SOMEBODY.known:
        return event
    return event.model_copy(update={"actor": actor.model_copy(update={"known": sender.known})})


def _words(role: PolicyRole) -> str:
    return role.value.replace("_", " ")
