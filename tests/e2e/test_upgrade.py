"""Requests that began on a former release's code end on today's, as they would have."""

from pathlib import Path

import pytest

from domain.vocabulary import Decision, NoticeKind
from tests.e2e.office import Office
from tests.releases import bundles, unpacked, worker_of

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("bundle", bundles(), ids=lambda bundle: bundle.name.partition(".tar")[0])
async def test_todays_worker_takes_over_in_the_middle_of_requests(
    office: Office, bundle: Path, tmp_path: Path
) -> None:
    """One unproved, one undecided, one with its directions out: today's code ends all three."""
    async with worker_of(unpacked(bundle, tmp_path), office):
        fresh = await office.file()
        await fresh.letter(NoticeKind.ACKNOWLEDGEMENT, seconds=90)
        undecided = await office.verified()
        approved = await office.verified()
        async with office.provider("sample_webhook", "silent"):
            await approved.approve()
            await approved.until("its providers are directed", lambda s: s.providers)
    await fresh.verified()
    for case in (fresh, undecided):
        await case.approve()
    await approved.to_day(40)
    for case in (fresh, undecided, approved):
        state = await case.answered()
        assert state.outcome is Decision.GRANT_PARTIAL
        assert await case.ledger_state() == await case.state()
        await office.replay(case.request_id)
