"""What the sweep asks Temporal: the index first, each workflow itself where that says nothing."""

from datetime import UTC, datetime

import pytest

from activities.sweeping import TURNS, WAITS_FOR_PROVIDERS, Carried
from domain import events as e
from domain.paths import PATHS, Fulfilment
from domain.policy import Policy
from domain.vocabulary import RequestType
from tests.happenings import stand

NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)
LISTED = {f"PR-{n:04}-LIST" for n in range(200)}


class Asked:
    """Temporal, of which nothing runs any more, remembering whom it was asked about."""

    def __init__(self) -> None:
        self.about: list[str] = []

    async def is_running(self, workflow_id: str) -> bool:
        """Find nothing."""
        self.about.append(workflow_id)
        return False


async def test_what_the_index_does_not_list_is_asked_itself() -> None:
    """The index may lag behind: only the workflow itself tells that it is lost."""
    engine = Asked()
    carried = Carried(engine, LISTED, turn=0)  # type: ignore[arg-type]
    assert not await carried.runs("PR-0000-LOST")
    assert engine.about == ["PR-0000-LOST"]


async def test_what_the_index_lists_is_asked_in_its_turn() -> None:
    """Each is asked itself once in so many minutes, and costs nothing in between."""
    engine = Asked()
    for turn in range(TURNS):
        carried = Carried(engine, LISTED, turn)  # type: ignore[arg-type]
        lost = [one for one in LISTED if not await carried.runs(one)]
        assert len(lost) < len(LISTED) / 4
    assert sorted(engine.about) == sorted(LISTED)


@pytest.mark.parametrize("kind", [k for k in PATHS if Fulfilment.COLLECT in PATHS[k].fulfilment])
def test_who_waits_for_copies_has_lost_directions_resumed(
    kind: RequestType, policy: Policy
) -> None:
    """Asked for their copies, providers are waited for before anything else is done (KNO-02)."""
    staff = e.Actor(id="s.lee")
    state = stand(
        policy,
        NOW,
        e.AddressConfirmed(inbox=1),
        e.IdentityVerified(points_counted=3, points_required=3, evidence=1),
        e.RequestApproved(actor=staff, reason="verified", confirmed_grounds=()),
        e.ProvidersDirected(providers={"acme": "Acme"}, wait_until=NOW),
        kind=kind,
    )
    assert state.open_directions
    assert state.stage in WAITS_FOR_PROVIDERS
