"""What follows from events as soon as the ledger has them: letters leave, others are told."""

from collections.abc import Awaitable, Callable

from activities.directions import Directions
from activities.letters import Letters
from workflows import exchange as x


async def leave_it() -> None:
    """Leave what was noted to the schedule."""


class FollowingUp:
    """Does what a record asks for beside writing."""

    def __init__(
        self,
        letters: Letters,
        directions: Directions,
        tell_intake_systems: Callable[[], Awaitable[None]] = leave_it,
    ) -> None:
        self._letters = letters
        self._directions = directions
        self._tell_intake_systems = tell_intake_systems

    async def send(self, asked: x.DispatchLetters) -> x.DispatchResult:
        """Hand letters over and return the mail server's word on each."""
        return await self._letters.dispatch_letters(asked)

    async def tell_request(self, asked: x.TellRequest) -> bool:
        """Have a request look at a provider's stream; tell whether it could be told already."""
        return await self._directions.has_told(asked)

    async def tell_intake_systems(self) -> None:
        """Have them told of a noted change at once; a schedule does it anyway."""
        await self._tell_intake_systems()
