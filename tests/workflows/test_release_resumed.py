"""A request that is resumed between the release of its package and the opening of its way out."""

import uuid
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from activities.direction_streams import read_request
from activities.disclosure import Disclosure
from activities.senders import Senders
from datamap import load
from domain import events as e
from domain import policies
from domain.state import RequestState
from domain.vocabulary import RequestType
from records import packages
from samples import business
from tests.happenings import received
from tests.workflows.rig import Rig, eventually
from tests.workflows.test_opening import opening_of
from workers.engine import TemporalEngine
from workers.temporal.worker import build_worker
from workflows import steps
from workflows.consumer_request import ConsumerRequest

BODY = b"a package"
HASH = sha256(BODY).hexdigest()


async def test_its_link_leads_to_the_package(rig: Rig) -> None:
    """Temporal was lost right after the release was recorded: no letter goes out before it holds.

    What may be fetched is opened before the consumer is told so (KNO-07).
    """
    request_id = await rig.registered(request_types=["know_specific"])
    await _stored(rig, request_id)
    await rig.write(request_id, *_released())
    queue = f"released-{uuid.uuid4()}"
    datamap = load(business.DATAMAP.read_text(), business.DATAMAP.name)
    disclosure = Disclosure(rig.pool, rig.vault, rig.dossier, datamap, {})
    served = (
        opening_of(rig).open_request,
        rig.recording.record,
        rig.dispatcher.dispatch_letters,
        rig.directions.read_directions,
        rig.recording.before(steps.RELEASE_PACKAGE, disclosure.release_package),
        Senders(rig.client, "").read_sender,
    )
    grace = timedelta(seconds=0.2)
    async with build_worker(rig.client, queue, (ConsumerRequest,), served, grace=grace):
        await TemporalEngine(rig.client, queue).resume(request_id)

        async def answered() -> RequestState | None:
            async with rig.pool.acquire() as conn:
                state = await read_request(conn, request_id)
            return state if state.answered else None

        await eventually(answered, "the answer")
        await rig.handle(request_id).terminate()
    async with rig.pool.acquire() as conn:
        released = await packages.released(conn, request_id)
    assert released is not None
    assert released.content_hash == HASH


async def _stored(rig: Rig, request_id: str) -> None:
    now = datetime.now(UTC)
    async with rig.pool.acquire() as conn:
        writing = await packages.begin(
            conn, rig.vault, request_id, packages.Kind.PACKAGE, "0" * 64, now
        )
        await writing.put(BODY)
        await writing.finish(content_hash=HASH, size=len(BODY), facts={}, now=now)


def _released() -> tuple[e.Event, ...]:
    """Return what was recorded up to the release of the package."""
    now, staff = datetime.now(UTC), e.Actor(id="s.lee")
    return (
        received(policies.in_force_at(now), now, kind=RequestType.KNOW_SPECIFIC),
        e.AddressConfirmed(inbox=1),
        e.IdentityVerified(points_counted=3, points_required=3, evidence=1),
        e.RequestApproved(actor=staff, reason="verified", confirmed_grounds=()),
        e.ProvidersDirected(providers={}, wait_until=now),
        e.ReportCompiled(
            specific_pieces=True,
            content_hash=HASH,
            period_from=now.date(),
            period_to=now.date(),
            report={},
            rows={"shop.orders": 2},
        ),
        e.ReportReleased(actor=staff),
    )
