"""One flight of the canary: planted, filed, verified, deleted through the doors of everybody."""

from collections.abc import Callable, Mapping

import structlog
from temporalio import activity

from domain.state import RequestState
from workers.canary.planted import Garden, Planted
from workers.rehearsal.people import NotSeen, People
from workflows import canary

PATIENCE_S = 600.0

log = structlog.get_logger("workers.canary")


class Flights:
    """Flies the canary: files at the gateway, opens the letter, waits, and looks by itself."""

    def __init__(self, planted: Planted, garden: Garden, people: People) -> None:
        self._planted = planted
        self._garden = garden
        self._people = people

    @activity.defn(name=canary.FLY.name)
    async def fly(self, asked: canary.Flight) -> canary.Flown:
        """Plant, delete, look, and say what was missed or survived."""
        flown = await self._fly()
        if flown.is_well:
            log.info("canary_flown", request_id=flown.request_id)
        else:
            log.error("canary_alarm", request_id=flown.request_id, reason=flown.alarm)
        return flown

    async def _fly(self) -> canary.Flown:
        await self._garden.plant(self._planted)
        filed = await self._people.file(self._planted.submission())
        request_id = str(filed["request_id"])
        stopped_at = ""
        found: Mapping[str, int] = {}
        try:
            found = await self._found(request_id)
            stopped_at = await self._erased(request_id)
        except NotSeen:
            stopped_at = str((await self._people.state(request_id)).stage)
        return canary.Flown(
            request_id=request_id,
            planted=self._planted.counts,
            missed=_less(self._planted.counts, found),
            survived=await self._garden.standing(self._planted),
            stopped_at=stopped_at,
            uncovered=self._garden.uncovered(self._planted),
        )

    async def _found(self, request_id: str) -> Mapping[str, int]:
        """Let the consumer be verified, and return what was found of them, in counts."""
        await self._people.confirm_address(request_id)
        state = await self._until(request_id, "the survey", lambda s: s.holdings or s.parked)
        return state.holdings.rows if state.holdings else {}

    async def _erased(self, request_id: str) -> str:
        """Wait for the erasure, and return the step that it stopped at, if it did."""
        state = await self._until(request_id, "the erasure", lambda s: s.erased or s.parked)
        return state.parked.step if state.parked else ""

    async def _until(
        self, request_id: str, what: str, holds: Callable[[RequestState], object]
    ) -> RequestState:
        return await self._people.until(request_id, what, holds, PATIENCE_S)


def _less(planted: Mapping[str, int], found: Mapping[str, int]) -> dict[str, int]:
    return {
        place: n - found.get(place, 0) for place, n in planted.items() if found.get(place, 0) < n
    }
