"""The steps that touch the business's own systems: match, count, plan, erase, prove, opt out."""

from collections.abc import Mapping, Sequence
from datetime import date

import asyncpg

from activities.dossier import Dossier
from activities.holding import holds_on, recognised
from activities.telling import told
from activities.undoing import Undoing
from datamap.comparing import KEPT_AS, Comparison
from datamap.connectors.base import Connector
from datamap.correcting import any_sensitive
from datamap.deactivating import deactivate
from datamap.disputing import sources_of
from datamap.erasing import erase
from datamap.finding import find
from datamap.holds import Hold
from datamap.lawful import fallen_grounds, keeping_too, under_law
from datamap.matching import match
from datamap.plan import ErasurePlan
from datamap.planning import plan_erasure
from datamap.preferences import opt_out
from datamap.proving import prove_absence
from datamap.replanning import with_known
from datamap.schema import DataMap, OptOut, Retention, Role
from datamap.surveying import survey
from domain import events as e
from domain import policies, verification
from domain.days import local_date
from domain.notice_words import OptOutScope
from domain.policy import Policy
from domain.sequence import is_erasure
from domain.submission import Consumer, Submission
from domain.verification import Question
from domain.vocabulary import PointOfIdentity, RequestType, Residency
from records import requests, suppression
from records.connection import Connection
from records.filing import requester_identities
from records.identities import Identity
from records.keyring import Keyring
from records.vault import NotInVault, drop
from workflows import exchange as x

_CHOICES = {
    OptOutScope.SALE_SHARING: (OptOut.SALE_SHARING, suppression.Scope.SALE_SHARING),
    OptOutScope.THIS_BROWSER: (OptOut.SALE_SHARING, suppression.Scope.SALE_SHARING),
    OptOutScope.SENSITIVE_DATA: (OptOut.LIMIT_SPI, suppression.Scope.SENSITIVE_DATA),
    OptOutScope.MARKETING: (OptOut.MARKETING, suppression.Scope.MARKETING),
}
"""What a choice is called in the data map and on the suppression list."""


class BusinessSystems:
    """Reads and changes the systems of the data map for one request at a time."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        dossier: Dossier,
        datamap: DataMap,
        connectors: Mapping[str, Connector],
        suppression_keys: Keyring,
        undoing: Undoing,
        fresh: Mapping[str, Connector],
    ) -> None:
        """``connectors`` may keep connections open; the proof is asked through ``fresh`` ones."""
        self._pool = pool
        self._undoing = undoing
        self._dossier = dossier
        self._datamap = datamap
        self._connectors = connectors
        self._fresh = fresh
        self._suppression_keys = suppression_keys

    async def match_identity(self, asked: x.OfRequest) -> x.IdentityMatch:
        """Match the offered points; who it is stays in the vault (VER-17 to VER-19)."""
        policy = policies.get(asked.policy)
        async with self._pool.acquire() as conn, told():
            row = await requests.find(conn, asked.request_id)
            assert row is not None, "an open request is registered"
            evidence = await self._dossier.evidence(conn, asked.request_id)
            submission = await self._dossier.submission(conn, asked.request_id)
            disputed = {wish.field for wish in submission.corrections}
            sensitive = any_sensitive(self._datamap, disputed)
            needed = verification.points_needed(
                policy,
                Question(
                    request_type=row.request_types[0],
                    residency=row.residency,
                    sensitive=sensitive,
                    erases=is_erasure(row.request_types[0]),
                ),
            )
            contested = _contested(submission)
            given = {kind: text for kind, text in evidence.points.items() if kind not in contested}
            found = await match(
                self._connectors,
                self._datamap,
                given,
                None if PointOfIdentity.EMAIL in contested else evidence.proved_email,
                reliable=_reliable(policy) - contested,
                needed=needed,
                received_at=row.received_at,
                settled_days=policy.verification.contact_unchanged_days,
                named=_named(submission.consumer),
            )
            await self._dossier.keep_person(conn, asked.request_id, found.person)
            await self._dossier.keep_borne_out(conn, asked.request_id, found.borne_out)
            comparison = Comparison(
                points=found.compared,
                found=bool(found.person),
                points_needed=needed,
                address_proved=evidence.proved_email is not None,
                **found.model_dump(exclude={"mismatches"}),
            )
            await self._dossier.keep_comparison(conn, asked.request_id, comparison)
        return x.IdentityMatch(
            points_counted=found.points_counted,
            mismatches=found.mismatches,
            ambiguous=found.rivals > 0,
            address_on_file=found.address_on_file,
            address_settled=found.address_settled or evidence.proved_email is None,
            sensitive=sensitive,
        )

    async def survey_holdings(self, asked: x.OfRequest) -> x.Survey:
        """Count what is held of the verified person, and what stays by law."""
        async with self._pool.acquire() as conn, told():
            person = await self._dossier.person(conn, asked.request_id)
            lawful = await self._lawful_map(conn, asked)
            fallen = await self._fallen_grounds(conn, asked)
            disputed = (await self._dossier.submission(conn, asked.request_id)).corrections
            finding = await find(self._connectors, lawful, person)
        counted = survey(lawful, finding)
        kept = tuple(
            e.Retention(
                collection=each.place, ground=each.code, rows=each.rows, reviewer=each.reviewer
            )
            for each in counted.retained
        )
        places = {each.collection for each in kept}
        rows = {place: n for place, n in counted.rows_per_collection.items() if place not in places}
        erased = tuple(
            e.Retention(
                collection=place, ground=ground.code, rows=rows[place], reviewer=ground.reviewer
            )
            for place, ground in fallen.items()
            if rows.get(place)
        )
        return x.Survey(
            rows=rows,
            retained=kept,
            fallen=erased,
            sources=sources_of(lawful, finding, {wish.field for wish in disputed}),
            doubtful=counted.doubtful,
        )

    async def plan_erasure(self, asked: x.PlanErasure) -> x.Plan:
        """Write the plan with its row keys to the vault; a plan that stands there is the plan.

        Only the plan that was called outdated is replaced, so to repeat this plans nothing twice.
        """
        async with self._pool.acquire() as conn, told():
            plan = await self._standing_plan(conn, asked.request_id)
            if plan is None or plan.content_hash == asked.replaces:
                made = await self._made_plan(conn, asked, outdated=plan)
                await self._dossier.keep_plan(
                    conn, asked.request_id, made, replace=plan is not None
                )
                plan = await self._dossier.plan(conn, asked.request_id)
        return x.Plan(
            plan_hash=plan.content_hash, rows=plan.rows_per_collection, retained=_retained(plan)
        )

    async def erase(self, asked: x.Erase) -> x.Proof:
        """Carry the plan out, and believe only fresh connections that it is gone (DEL-04)."""
        await self._erase(asked)
        return await self._proof(asked)

    async def _erase(self, asked: x.Erase) -> None:
        """Erase system by system; what is gone already stays gone.

        Legal holds are looked up before each system: one may have come since the approval.
        """
        undoing = (self._datamap, self._undoing.keeper(asked.request_id))
        async with self._pool.acquire() as conn, told():
            plan = await self._dossier.plan(conn, asked.request_id)
            submission = await self._dossier.submission(conn, asked.request_id)
            who = recognised(submission, plan.identities)
            await self._suppress(conn, asked, suppression.Scope.DELETION, who)
            for system in plan.systems:
                holds = await self._holds(conn, asked.request_id, plan.identities)
                await erase(
                    plan,
                    self._connectors[system],
                    holds=holds,
                    undoing=undoing if asked.undoable else None,
                )

    async def _proof(self, asked: x.OfRequest) -> x.Proof:
        """Look for everything again through fresh connections."""
        async with self._pool.acquire() as conn:
            plan = await self._dossier.plan(conn, asked.request_id)
        async with told():
            proof = await prove_absence(self._fresh, self._datamap, plan)
        if not proof.still_found:
            async with self._pool.acquire() as conn:
                await drop(conn, asked.request_id, KEPT_AS)
        planned = plan.rows_per_collection
        return x.Proof(
            planned=planned,
            absent={place: 0 if place in proof.still_found else n for place, n in planned.items()},
            retained=_retained(plan, proof.retained),
            still_found=proof.still_found,
        )

    async def apply_choice(self, asked: x.ApplyChoice) -> x.Done:
        """Set a choice for whoever is on file under the address, and keep it kept.

        An opt-out also stands on the suppression list; an opt-in takes it off (OPT-01, OPT-07).
        """
        choice, scope = _CHOICES[asked.choice]
        async with self._pool.acquire() as conn, told():
            submission = await self._dossier.submission(conn, asked.request_id)
            who = requester_identities(submission)
            if asked.opts_in:
                await suppression.remove(conn, self._suppression_keys, scope, who)
            else:
                await self._suppress(conn, asked, scope, who)
            if submission.person is not None and submission.person.email is not None:
                await opt_out(
                    self._connectors,
                    self._datamap,
                    choice,
                    email=str(submission.person.email),
                    takes_back=asked.opts_in,
                )
        return x.Done()

    async def deactivate(self, asked: x.OfRequest) -> x.Deactivated:
        """Switch off what the map can switch off of this person.

        Who wants a testimonial off the web site keeps the account (REQ-11).
        """
        async with self._pool.acquire() as conn, told():
            row = await requests.find(conn, asked.request_id)
            assert row is not None, "an open request is registered"
            person = await self._dossier.person(conn, asked.request_id)
            published = row.request_types[0] is RequestType.TESTIMONIAL_CHANGE
            only = Role.TESTIMONIALS if published else None
            rows = await deactivate(self._connectors, self._datamap, person, only=only)
        return x.Deactivated(rows=rows)

    async def _standing_plan(self, conn: Connection, request_id: str) -> ErasurePlan | None:
        try:
            return await self._dossier.plan(conn, request_id)
        except NotInVault:
            return None

    async def _made_plan(
        self, conn: Connection, asked: x.PlanErasure, outdated: ErasurePlan | None
    ) -> ErasurePlan:
        person = await self._dossier.person(conn, asked.request_id)
        lawful = await self._lawful_map(conn, asked, asked.kept_by_staff)
        finding = await find(self._connectors, lawful, person)
        if outdated is not None:
            finding = with_known(finding, outdated)
        holds = await self._holds(conn, asked.request_id, finding.identities)
        return await plan_erasure(self._connectors, lawful, finding, holds=holds)

    async def _lawful_map(
        self, conn: Connection, asked: x.OfRequest, kept: Sequence[e.Retention] = ()
    ) -> DataMap:
        """Return the map with the grounds that hold for this request (DEL-01, REQ-15)."""
        policy, received_on, residency = await _law_of(conn, asked)
        wanted = keeping_too(self._datamap, policy, kept, received_on)
        return under_law(wanted, policy, received_on=received_on, residency=residency)

    async def _fallen_grounds(self, conn: Connection, asked: x.OfRequest) -> dict[str, Retention]:
        """Return what the map keeps on grounds that are none for this request (DEL-16)."""
        policy, received_on, residency = await _law_of(conn, asked)
        return fallen_grounds(self._datamap, policy, received_on=received_on, residency=residency)

    async def _holds(
        self, conn: Connection, request_id: str, known: Sequence[tuple[str, str]]
    ) -> Sequence[Hold]:
        submission = await self._dossier.submission(conn, request_id)
        return await holds_on(conn, self._suppression_keys, request_id, submission, known)

    async def _suppress(
        self,
        conn: Connection,
        asked: x.OfRequest,
        scope: suppression.Scope,
        who: Sequence[Identity],
    ) -> None:
        await suppression.suppress(
            conn,
            self._suppression_keys,
            scope,
            who,
            request_id=asked.request_id,
            now=asked.now,
        )


async def _law_of(conn: Connection, asked: x.OfRequest) -> tuple[Policy, date, Residency]:
    """Return by what the grounds of a request are judged (DEL-01, REQ-15)."""
    row = await requests.find(conn, asked.request_id)
    assert row is not None, "an open request is registered"
    policy = policies.get(asked.policy)
    return policy, local_date(row.received_at, policy), row.residency


def _named(consumer: Consumer) -> Mapping[PointOfIdentity, str]:
    """By what a provider may know the person, once the records bear it out (DEL-07)."""
    given = {PointOfIdentity.EMAIL: consumer.email or "", PointOfIdentity.FULL_NAME: consumer.name}
    return {kind: text for kind, text in given.items() if text}


def _reliable(policy: Policy) -> frozenset[PointOfIdentity]:
    return frozenset(
        kind
        for kind in PointOfIdentity
        if policy.verification.is_reliable(kind, control_proved=True)
    )


def _contested(submission: Submission) -> frozenset[PointOfIdentity]:
    """What a correction disputes proves nobody, and is no mismatch either (VER-10)."""
    named = {wish.field for wish in submission.corrections}
    return frozenset(kind for kind in PointOfIdentity if kind in named)


def _retained(plan: ErasurePlan, left: Mapping[str, int] | None = None) -> tuple[e.Retention, ...]:
    return tuple(
        e.Retention(
            collection=kept.rows.place,
            ground=kept.code,
            rows=len(kept.rows.keys) if left is None else left[kept.rows.place],
            reviewer=kept.reviewer,
        )
        for kept in plan.kept
    )
