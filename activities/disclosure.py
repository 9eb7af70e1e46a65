"""The steps of a disclosure: report and package, review, release, purge (KNO, RED)."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from temporalio.exceptions import ApplicationError

from activities.dossier import Dossier
from activities.returned import kept_copies, returned_copies
from activities.telling import told
from datamap.connectors.base import Connector
from datamap.disclosure import Scope, compile_report, gather
from datamap.finding import find
from datamap.leaving_out import left_out, searched
from datamap.schema import DataMap
from domain import know_report, policies
from domain.chain import canonical
from domain.clocks import local_date
from domain.package import CategoriesReport, PackageFacts, ReviewDecision
from domain.submission import Submission
from packages import Cover, ReviewRefused, build
from records import packages, requests
from records.connection import Connection
from records.gatherings import Hoarding, StoredGathering, latest_gathering
from records.packages import Kind, PackageGone, StoredPackage
from records.vault import UnderHold, Vault
from workflows import exchange as x
from workflows import exchange_disclosure as xd

NOTHING_GATHERED = "NothingGathered"
"""There is no gathering to review; compile the report first."""

NO_SUCH_PACKAGE = "NoSuchPackage"
"""No package of that hash can go out: another was built since, or it was purged."""

_FINAL = (ReviewRefused, PackageGone, UnderHold)


class Disclosure:
    """Discloses to one person at a time what is held of them."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        vault: Vault,
        dossier: Dossier,
        datamap: DataMap,
        connectors: Mapping[str, Connector],
    ) -> None:
        self._pool = pool
        self._vault = vault
        self._dossier = dossier
        self._datamap = searched(datamap)
        self._left_out = left_out(datamap)
        self._connectors = connectors

    async def compile_report(self, asked: x.CompileReport) -> x.CompiledReport:
        """Compile the report of categories or, where pieces are given, the package with it.

        What was gathered once for the same person, period and policy is not gathered again.
        """
        async with self._pool.acquire() as conn, told(*_FINAL):
            submission = await self._dossier.submission(conn, asked.request_id)
            scope = await self._scope(conn, asked, submission)
            if not asked.specific_pieces:
                return self._named(await self._categories(conn, asked, submission, scope))
            gathering = await self._gathering(conn, asked, scope)
            facts = await self._package(conn, asked, submission, gathering, ())
        return self._named(_compiled(gathering, submission, facts))

    async def review_package(self, asked: xd.ReviewPackage) -> x.CompiledReport:
        """Build a further version by what staff decided, of what was gathered already."""
        async with self._pool.acquire() as conn, told(*_FINAL):
            submission = await self._dossier.submission(conn, asked.request_id)
            gathering = await latest_gathering(conn, self._vault, asked.request_id)
            if gathering is None:
                raise _refused("There is nothing to review. Compile the report.", NOTHING_GATHERED)
            facts = await self._package(conn, asked, submission, gathering, asked.decisions)
        return self._named(_compiled(gathering, submission, facts))

    async def release_package(self, asked: xd.ReleasePackage) -> x.Done:
        """Let one version go out; links give out the newest released one."""
        async with self._pool.acquire() as conn:
            stored = await packages.versions(conn, asked.request_id)
            wanted = [
                one.version
                for one in stored
                if one.kind is Kind.PACKAGE and one.content_hash == asked.package_hash
            ]
            done = [
                await packages.release(conn, asked.request_id, version, asked.now)
                for version in wanted[-1:]
            ]
        if not any(done):
            raise _refused("No such package can go out. Compile the report again.", NO_SUCH_PACKAGE)
        return x.Done()

    async def purge_package(self, asked: x.OfRequest) -> x.Done:
        """Drop everything gathered and built for a request; hashes and counts stay (KNO-07)."""
        async with self._pool.acquire() as conn, told(*_FINAL):
            await packages.purge(conn, asked.request_id, asked.now)
        return x.Done()

    def _named(self, compiled: x.CompiledReport) -> x.CompiledReport:
        """Name in the report what was not searched (KNO-05)."""
        if not self._left_out:
            return compiled
        report = {**compiled.report, "not_searched": list(self._left_out)}
        return compiled.model_copy(update={"report": report})

    async def _scope(self, conn: Connection, asked: x.OfRequest, submission: Submission) -> Scope:
        policy = policies.get(asked.policy)
        row = await requests.find(conn, asked.request_id)
        assert row is not None, "an open request is registered"
        chosen = submission.period
        covered = know_report.period(
            policy,
            local_date(row.received_at, policy),
            (chosen.first, chosen.last) if chosen else None,
        )
        return Scope(policy, covered.first, covered.last)

    async def _categories(
        self, conn: Connection, asked: x.OfRequest, submission: Submission, scope: Scope
    ) -> x.CompiledReport:
        person = await self._dossier.person(conn, asked.request_id)
        finding = await find(self._connectors, self._datamap, person)
        compiled = await compile_report(self._connectors, self._datamap, finding, scope)
        report = _report(compiled.report, submission)
        return x.CompiledReport(
            specific_pieces=False,
            content_hash=_hash_of({"report": report}),
            period_from=scope.first,
            period_to=scope.last,
            report=report,
            rows=compiled.rows,
        )

    async def _gathering(
        self, conn: Connection, asked: x.OfRequest, scope: Scope
    ) -> StoredGathering:
        """Return what was gathered for the same person, period and policy, or gather it."""
        made_of = await self._made_of(conn, asked, scope)
        stored = await packages.find_made(conn, asked.request_id, Kind.GATHERING, made_of)
        if stored is None:
            stored = await self._gather(conn, asked, scope, made_of)
        return await StoredGathering.open(conn, self._vault, stored)

    async def _gather(
        self, conn: Connection, asked: x.OfRequest, scope: Scope, made_of: str
    ) -> StoredPackage:
        person = await self._dossier.person(conn, asked.request_id)
        finding = await find(self._connectors, self._datamap, person)
        hoarding = Hoarding(
            await packages.begin(
                conn, self._vault, asked.request_id, Kind.GATHERING, made_of, asked.now
            )
        )
        returned = await returned_copies(conn, self._vault, asked.request_id)
        outline = await gather(self._connectors, self._datamap, finding, scope, hoarding, returned)
        return await hoarding.finish(outline, asked.now)

    async def _made_of(self, conn: Connection, asked: x.OfRequest, scope: Scope) -> str:
        """Return a hash over who, when and by which words; keyed, for it holds who."""
        person = await self._dossier.person(conn, asked.request_id)
        made_of = {
            "map": self._datamap.content_hash(),
            "period": [scope.first.isoformat(), scope.last.isoformat()],
            "person": person.model_dump_json(),
            "policy": asked.policy.content_hash,
            "returned": [
                f"{kept.kind} {kept.n}"
                for kept in await kept_copies(conn, self._vault, asked.request_id)
            ],
        }
        key = await self._vault.data_key(conn, asked.request_id)
        return hmac.new(key, canonical(made_of), hashlib.sha256).hexdigest()

    async def _package(
        self,
        conn: Connection,
        asked: x.OfRequest,
        submission: Submission,
        gathering: StoredGathering,
        decisions: Sequence[ReviewDecision],
    ) -> PackageFacts:
        """Return the package of a gathering by these decisions, built if it was not yet."""
        policy = policies.get(asked.policy)
        made_of = _hash_of(
            {
                "gathering": gathering.content_hash,
                "decisions": [one.model_dump(mode="json") for one in decisions],
                "language": submission.language.value,
            }
        )
        stored = await packages.find_made(conn, asked.request_id, Kind.PACKAGE, made_of)
        if stored is not None:
            return PackageFacts.model_validate(stored.facts)
        cover = Cover(
            request_id=asked.request_id,
            written_on=local_date(asked.now, policy),
            language=submission.language,
            policy=policy,
        )
        writing = await packages.begin(
            conn, self._vault, asked.request_id, Kind.PACKAGE, made_of, asked.now
        )
        facts = await build(gathering, cover, decisions, writing, writing.version)
        await writing.finish(
            content_hash=facts.package_hash,
            size=facts.size,
            facts=facts.model_dump(mode="json"),
            now=asked.now,
        )
        return facts


def _compiled(
    gathering: StoredGathering, submission: Submission, facts: PackageFacts
) -> x.CompiledReport:
    reasons = sorted({one.reason.value for one in facts.needs_review})
    return x.CompiledReport(
        specific_pieces=True,
        content_hash=facts.package_hash,
        period_from=gathering.outline.period_from,
        period_to=gathering.outline.period_to,
        report=_report(facts.report, submission),
        rows=dict(facts.rows),
        withheld=tuple(one.model_dump(mode="json") for one in facts.withheld),
        needs_review=tuple(reasons),
    )


def _report(report: CategoriesReport, submission: Submission) -> dict[str, Any]:
    """Return the report as the letter's facts take it, with what the person had asked for."""
    asked = {"asked_from": submission.period.first.isoformat()} if submission.period else {}
    return report.model_dump(mode="json") | asked


def _hash_of(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(document)).hexdigest()


def _refused(sentence: str, kind: str) -> ApplicationError:
    return ApplicationError(sentence, type=kind, non_retryable=True)
