"""What staff send: an id names somebody."""

import pytest

from domain.actions import ACTIONS
from domain.refusals import Refused


@pytest.mark.parametrize("pasted", ["your.id", "Your.Id", "your_id"])
def test_the_placeholder_of_an_example_is_nobody(pasted: str) -> None:
    """JSON pasted from the current details as it stands is refused, with what to do."""
    with pytest.raises(Refused, match="write your own staff id"):
        ACTIONS.read("approve", [{"decided_by": pasted}])
