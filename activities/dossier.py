"""What the vault holds about one request's person, opened for one step and never passed on."""

import json
from collections.abc import Collection, Mapping

from pydantic import BaseModel, ConfigDict, Field

from datamap.comparing import KEPT_AS, Comparison
from datamap.people import PersonKeys
from datamap.plan import ErasurePlan
from domain.decisions.inbox import ADDRESS_CONFIRMED, POINTS_ADDED
from domain.submission import Submission
from domain.vocabulary import PointOfIdentity, Requester
from records import inbox, tokens
from records.connection import Connection
from records.submissions import submission_of
from records.vault import NotInVault, Vault

_PROVE_THEIR_OWN = frozenset({Requester.CONSUMER, Requester.AGENT_SIGNED})

PERSON = "person"
PLAN = "erasure_plan"
BORNE_OUT = "points_borne_out"


class Evidence(BaseModel):
    """Everything that the consumer offered to be known by."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    points: Mapping[PointOfIdentity, str] = Field(repr=False)
    proved_email: str | None = Field(repr=False)


class Dossier:
    """Opens the vault for the steps of one process."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def submission(self, conn: Connection, request_id: str) -> Submission:
        """Return what came in."""
        return await submission_of(conn, self._vault, request_id)

    async def evidence(self, conn: Connection, request_id: str) -> Evidence:
        """Return the submitted points with those added later, and the address if it is proved.

        What was put aside since it cannot be read is no evidence.
        """
        submission = await self.submission(conn, request_id)
        points = dict(submission.points)
        proved = set[str]()
        messages = await inbox.of_request(conn, request_id)
        for message in (each for each in messages if each.parked_at is None):
            if message.kind == ADDRESS_CONFIRMED and await tokens.stands(conn, message.once_key):
                proved.add(await tokens.channel_of(conn, message.once_key))
            if message.kind == POINTS_ADDED:
                body = await self._vault.get(conn, request_id, inbox.EVIDENCE, message.row_id)
                added = json.loads(body)
                points |= {PointOfIdentity(kind): text for kind, text in added.items()}
        # A parent or a holder of a power of attorney proves an address that is not the consumer's.
        own = submission.requester in _PROVE_THEIR_OWN
        # A browser's signal may name nobody, and then no address is anybody's.
        person = submission.person if own else None
        if person and "post" in proved and person.postal_address:
            # What was proved by a printed code is where the letter went, not an e-mail address.
            points[PointOfIdentity.POSTAL_ADDRESS] = ", ".join(person.postal_address)
        by_mail = person.email if person and "email" in proved else None
        return Evidence(points=points, proved_email=by_mail)

    async def identifiers(self, conn: Connection, request_id: str) -> dict[PointOfIdentity, str]:
        """Return what can find the person at a provider; nothing of somebody else.

        Where the person was matched, only what their records bear out, an address that they
        proved, and their name: a mistyped number may be another person's, whose data a provider
        would then delete.
        """
        submission = await self.submission(conn, request_id)
        if submission.person is None:
            return {}
        offered = await self.evidence(conn, request_id)
        given = {
            PointOfIdentity.EMAIL: submission.person.email or "",
            PointOfIdentity.FULL_NAME: submission.person.name,
            **offered.points,
        }
        theirs = await self._borne_out(conn, request_id)
        if theirs is not None:
            proved = {PointOfIdentity.EMAIL} if offered.proved_email else set()
            sure = theirs | proved | {PointOfIdentity.FULL_NAME}
            given = {kind: text for kind, text in given.items() if kind in sure}
        return {kind: text for kind, text in given.items() if text}

    async def corrections(
        self, conn: Connection, request_id: str, fields: Collection[str]
    ) -> dict[str, str]:
        """Return the right values of those fields, as they were asked for."""
        wishes = (await self.submission(conn, request_id)).corrections
        return {wish.field: wish.claimed for wish in wishes if wish.field in fields}

    async def keep_borne_out(
        self, conn: Connection, request_id: str, kinds: Collection[PointOfIdentity]
    ) -> None:
        """Keep which given points the person's records bear out; a later match replaces it."""
        body = json.dumps(sorted(kinds)).encode()
        await self._vault.put(conn, request_id, BORNE_OUT, body, replace=True)

    async def keep_comparison(
        self, conn: Connection, request_id: str, comparison: Comparison
    ) -> None:
        """Keep what was offered beside what is held, for staff; a later match replaces it."""
        body = comparison.model_dump_json().encode()
        await self._vault.put(conn, request_id, KEPT_AS, body, replace=True)

    async def _borne_out(
        self, conn: Connection, request_id: str
    ) -> frozenset[PointOfIdentity] | None:
        try:
            kept = await self._vault.get(conn, request_id, BORNE_OUT)
        except NotInVault:
            return None
        return frozenset(PointOfIdentity(kind) for kind in json.loads(kept))

    async def keep_person(self, conn: Connection, request_id: str, person: PersonKeys) -> None:
        """Keep which rows are the person's; a later match replaces it."""
        body = person.model_dump_json().encode()
        await self._vault.put(conn, request_id, PERSON, body, replace=True)

    async def person(self, conn: Connection, request_id: str) -> PersonKeys:
        """Return which rows are the person's."""
        return PersonKeys.model_validate_json(await self._vault.get(conn, request_id, PERSON))

    async def keep_plan(
        self, conn: Connection, request_id: str, plan: ErasurePlan, *, replace: bool = False
    ) -> None:
        """Keep the plan with its row keys; one that stands there stays unless ``replace``."""
        await self._vault.put(conn, request_id, PLAN, plan.canonical(), replace=replace)

    async def plan(self, conn: Connection, request_id: str) -> ErasurePlan:
        """Return the erasure plan. Raises ``NotInVault``."""
        return ErasurePlan.from_bytes(await self._vault.get(conn, request_id, PLAN))
