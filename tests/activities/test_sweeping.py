"""What the sweep asks Temporal: the index first, each workflow itself where that says nothing."""

from activities.sweeping import TURNS, Carried

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
