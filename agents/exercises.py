"""What an agent's exercise asks of us, in our own words: one right, one person, one submission."""

from collections.abc import Mapping

from pydantic import ValidationError

from agents.directory import Agent
from agents.messages import Exercise
from agents.refusals import Refused
from domain.submission import Agent as AgentNamed
from domain.submission import Consumer, Submission
from domain.vocabulary import Channel, PointOfIdentity, Requester, RequestType, Residency

RIGHTS: Mapping[str, RequestType] = {
    "sale:opt-out": RequestType.OPT_OUT_SALE_SHARING,
    "sale:opt-in": RequestType.OPT_IN_AFTER_OPT_OUT,
    "deletion": RequestType.DELETE,
    "access": RequestType.KNOW_BOTH,
    "access:categories": RequestType.KNOW_CATEGORIES,
    "access:specific": RequestType.KNOW_SPECIFIC,
}
"""The protocol's rights actions (section 3.01), each with the right of the policy."""

REGIMES: Mapping[str | None, Residency] = {
    "ccpa": Residency.CA,
    "voluntary": Residency.UNKNOWN,
    None: Residency.UNKNOWN,
}
"""Who names no regime is treated as a Californian (REQ-04); agents write "voluntary" as well."""


def submission_of(exercise: Exercise, agent: Agent) -> Submission:
    """Return what is filed for the consumer.

    The consumer's address is needed: it is where letters go and what the consumer proves.

    Raises:
        Refused: a right or regime that is not served, or an identity that nobody can be written
            to by.
    """
    right = RIGHTS.get(exercise.exercise.replace("_", "-"))
    if right is None:
        raise Refused(400, f"This right is not served here; exercise one of: {', '.join(RIGHTS)}.")
    if exercise.regime not in REGIMES:
        raise Refused(400, 'This regime is not served here; write "ccpa" or leave it out.')
    if exercise.email is None:
        raise Refused(400, "email is needed: we write to the consumer there.")
    try:
        return _filed(exercise, right, agent, exercise.email)
    except ValidationError as error:
        wrong = {_CLAIMS.get(str(fault["loc"][-1]), "name") for fault in error.errors()}
    raise Refused(400, f"These fields cannot be taken as they stand: {', '.join(sorted(wrong))}.")


_CLAIMS: Mapping[str, str] = {
    "email": "email",
    PointOfIdentity.PHONE: "phone_number",
    PointOfIdentity.POSTAL_ADDRESS: "address",
}


def _filed(exercise: Exercise, right: RequestType, agent: Agent, email: str) -> Submission:
    poa = exercise.power_of_attorney
    return Submission(
        request_types=(right,),
        person=Consumer(name=_natural(exercise.name), email=email),
        requester=Requester.AGENT_POA if poa else Requester.AGENT_SIGNED,
        residency=REGIMES[exercise.regime],
        channel=Channel.AGENT_PROTOCOL,
        points=_points(exercise),
        agent=AgentNamed(name=agent.name, email=agent.mailbox, entity=True),
    )


def _points(exercise: Exercise) -> dict[PointOfIdentity, str]:
    given = {
        PointOfIdentity.PHONE: exercise.phone_number,
        PointOfIdentity.POSTAL_ADDRESS: exercise.address.line if exercise.address else None,
    }
    return {kind: text for kind, text in given.items() if text}


def _natural(name: str) -> str:
    """Turn "Ruiz, Ana", as the reference implementation writes it, into "Ana Ruiz"."""
    last, comma, first = (part.strip() for part in name.partition(","))
    return f"{first} {last}" if comma and first and "," not in first else name
