"""A deletion under a policy with a restore journal, on real servers (DEL-17)."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import Any, ClassVar

import asyncpg
import pytest
from temporalio.testing import ActivityEnvironment

from activities.business_systems import BusinessSystems
from activities.opening import Opening
from activities.retention import Retention
from activities.undoing import Undoing
from datamap import PersonKeys, RowRef, load
from datamap.connectors import PostgresConnector
from domain import events as e
from domain import policies
from domain.policies import Shelf
from domain.policy import Policy
from domain.state import RequestState, fold
from domain.vocabulary import NoticeKind
from providers.credentials import Credentials
from providers.desk import build_desk
from providers.outgoing import LOOPBACK, Outgoing
from providers.registry import load_registry
from providers.switches import Switches
from records import holds
from records.holds import Hold
from records.restore_journal import KIND
from records.suppression import Scope
from samples import business
from tests.providers.lines import PUBLIC_URL
from tests.providers.support import registry_text, to_loopback
from tests.stored import KEYRING
from tests.workflows.rig import WORKFLOWS, Rig, Servers, eventually
from workers.policy_files import load_policies
from workers.settings import PROJECT
from workflows import exchange as x
from workflows import names, steps, upkeep
from workflows.consumer_request import ConsumerRequest

ANA = PersonKeys(rows=(RowRef(system="shop", collection="customers", key="1"),))


class UndoableRig(Rig):
    """Deletes in a business of its own, by a policy that keeps a restore journal."""

    workflows: ClassVar = (*WORKFLOWS, ConsumerRequest)

    def __init__(self, servers: Servers, outgoing: Outgoing, shop: str) -> None:
        registry = load_registry(registry_text("{protocol: manual}"), "providers.yaml", {})
        secrets = Credentials({})
        desk = build_desk(registry, outgoing, secrets, Switches, public_url=PUBLIC_URL)
        super().__init__(servers, desk)
        self.shop = shop

    @property
    def activities(self) -> Sequence[Callable[..., Any]]:
        """The steps of a deletion, as the worker's process has them."""
        connectors = {"shop": PostgresConnector("shop", self.shop)}
        datamap = load(business.DATAMAP.read_text(), business.DATAMAP.name)
        undoing = Undoing(self.pool, self.vault, connectors, KEYRING)
        systems = BusinessSystems(
            self.pool, self.dossier, datamap, connectors, KEYRING, undoing, fresh=connectors
        )
        opening = Opening(
            self.pool,
            self.vault,
            self.recording.record,
            hashing=KEYRING,
            people=KEYRING,
            intake_private_key=bytes(32),
        )
        before = self.recording.before
        return (
            *super().activities,
            opening.open_request,
            before(steps.SURVEY_HOLDINGS, systems.survey_holdings),
            before(steps.PLAN_ERASURE, systems.plan_erasure),
            before(steps.ERASE, systems.erase),
            before(steps.PUT_BACK, undoing.put_back),
            before(steps.DESTROY_JOURNAL, undoing.destroy_journal),
            before(steps.START_DIRECTIONS, self.directions.start_directions),
            self.directions.read_directions,
        )

    async def approved(self) -> str:
        """Let a verified consumer's deletion be approved, and wait until the rows are out."""
        request_id = await self.request()
        async with self.pool.acquire() as conn:
            await self.dossier.keep_person(conn, request_id, ANA)
        await self.write(
            request_id,
            e.AddressConfirmed(inbox=1),
            e.IdentityVerified(points_counted=3, points_required=3, evidence=1),
        )
        await self.engine.resume(request_id)
        await self.stands(request_id, lambda state: state.holdings)
        await self.act(request_id, "approve", confirm_grounds=["EX8"])
        await self.stands(request_id, lambda state: state.undoing)
        return request_id

    async def stands(
        self, request_id: str, holds: Callable[[RequestState], object]
    ) -> RequestState:
        """Wait until a request stands as wanted and the ledger has it."""

        async def look() -> RequestState | None:
            status = await self.handle(request_id).query(names.STATUS, result_type=x.Status)
            state = RequestState.model_validate(status.state)
            return state if status.recorded_through == status.n and holds(state) else None

        found: RequestState = await eventually(look, request_id)
        return found

    async def kept(self, request_id: str) -> tuple[int, int]:
        """Count the images of a request, and the marks that keep its consumer deleted."""
        async with self.pool.acquire() as conn:
            images = await conn.fetchval(
                "SELECT count(*) FROM privacy.vault WHERE request_id = $1 AND kind = $2",
                request_id,
                KIND,
            )
            marks = await conn.fetchval(
                "SELECT count(*) FROM privacy.suppression WHERE request_id = $1 AND scope = $2",
                request_id,
                Scope.DELETION,
            )
        return images, marks

    async def orders(self) -> int:
        """Count Ana's orders."""
        connection = await asyncpg.connect(self.shop)
        try:
            found: int = await connection.fetchval(
                "SELECT count(*) FROM orders WHERE customer_id = 1"
            )
            return found
        finally:
            await connection.close()

    async def letters(self, request_id: str) -> set[str]:
        """Name the letters that the consumer was sent."""
        events = [recorded.event for recorded in await self.events(request_id)]
        asked = [one for one in events if isinstance(one, e.NoticeRequested)]
        return {one.notice for one in asked if one.audience == "consumer"}


@pytest.fixture
def with_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work by the published policies, with a restore journal of seven days."""
    shelf = Shelf(map(_journaling, load_policies(PROJECT / "policies")))
    monkeypatch.setattr(policies._REGISTRY, "_shelf", shelf)


def _journaling(policy: Policy) -> Policy:
    deletion = policy.deletion.model_copy(update={"restore_journal_days": 7})
    return policy.model_copy(update={"deletion": deletion})


@pytest.fixture
async def undoable(
    servers: Servers, empty_database: str, with_journal: None
) -> AsyncIterator[UndoableRig]:
    """Run a worker over a shop of its own."""
    await business.create(empty_database, 20)
    outgoing = Outgoing(LOOPBACK, resolver=to_loopback)
    async with UndoableRig(servers, outgoing, empty_database).working() as running:
        assert isinstance(running, UndoableRig)
        yield running
    await outgoing.aclose()


async def test_nobody_is_told_deleted_before_the_journals_day(undoable: UndoableRig) -> None:
    """The rows are out at once, the word is not: it waits until nothing can be put back."""
    request_id = await undoable.approved()
    state = await undoable.stands(request_id, lambda state: state.undoing)
    assert state.undoing is not None
    images, marks = await undoable.kept(request_id)
    assert await undoable.orders() == 0
    assert images > 0
    assert marks > 0
    await undoable.pass_days(request_id, 5)
    assert "DataErased" not in await undoable.names(request_id)
    assert await undoable.letters(request_id) == {NoticeKind.ACKNOWLEDGEMENT}
    await undoable.to_instant(request_id, state.undoing.until)
    await undoable.stands(request_id, lambda state: state.answered)
    assert (await undoable.kept(request_id))[0] == 0
    assert await undoable.letters(request_id) == {
        NoticeKind.ACKNOWLEDGEMENT,
        NoticeKind.PARTIAL_OUTCOME,
    }
    events = await undoable.names(request_id)
    assert events.index("RestoreJournalDestroyed") < events.index("DataErased")
    assert events.index("DataErased") < events.index("ProvidersDirected")


async def test_two_people_undo_a_wrong_deletion(undoable: UndoableRig) -> None:
    """The second of them has the rows put back; then staff decide anew, and can delete again."""
    request_id = await undoable.approved()
    await undoable.act(request_id, "restore", reason="wrong_person")
    assert await undoable.orders() == 0
    await undoable.act(request_id, "restore", reason="wrong_person", decided_by="j.kim")
    state = await undoable.stands(request_id, lambda s: s.awaits_decision and s.holdings)
    assert (await undoable.orders(), await undoable.kept(request_id)) == (2, (0, 0))
    state = fold(request_id, await undoable.events(request_id))
    assert (state.plan, state.undoing, state.erased) == (None, None, None)
    await undoable.act(request_id, "approve", confirm_grounds=["EX8"])
    await undoable.stands(request_id, lambda state: state.undoing)
    assert await undoable.orders() == 0


async def test_a_journal_whose_workflow_was_lost_is_destroyed_on_its_day(
    undoable: UndoableRig,
) -> None:
    """The daily purge drops images that stand past their day, and not before."""
    request_id = await undoable.approved()
    until = (await undoable.stands(request_id, lambda s: s.undoing)).undoing
    assert until is not None
    await undoable.handle(request_id).terminate("lost")
    steps = Retention(undoable.pool, undoable.vault, undoable.engine, KEYRING, KEYRING)
    for now, dropped in ((until.until - timedelta(hours=1), False), (until.until, True)):
        done = await ActivityEnvironment().run(steps.purge, upkeep.Today(now=now))
        assert (done.journals > 0) is dropped
    assert (await undoable.kept(request_id))[0] == 0


async def test_a_hold_keeps_what_may_be_all_that_is_left(undoable: UndoableRig) -> None:
    """A hold placed while the journal stands stops its end, until the hold is released (REC-06)."""
    request_id = await undoable.approved()
    state = await undoable.stands(request_id, lambda state: state.undoing)
    assert state.undoing is not None
    at = state.undoing.until
    hold = Hold(
        hold_id="LH-1", matter="Ruiz", request_id=request_id, placed_by="counsel", placed_at=at
    )
    async with undoable.pool.acquire() as conn:
        await holds.add(conn, hold)
    await undoable.to_instant(request_id, at)
    parked = await undoable.stands(request_id, lambda state: state.parked)
    assert parked.parked is not None
    assert (parked.parked.step, parked.parked.reason) == ("destroy_journal", "HeldByLaw")
    async with undoable.pool.acquire() as conn:
        await holds.release(conn, "LH-1", released_by="counsel", now=at)
    await undoable.act(request_id, "retry_step")
    await undoable.stands(request_id, lambda state: state.erased)
