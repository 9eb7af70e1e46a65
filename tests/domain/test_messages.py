"""What staff send: an id names somebody, and a fault is told in plain words."""

import re

import pytest

from domain.action_table import parse
from domain.actions import ACTIONS
from domain.refusals import Refused
from tests.e2e.hostile import hostile


@pytest.mark.parametrize("pasted", ["your.id", "Your.Id", "your_id"])
def test_the_placeholder_of_an_example_is_nobody(pasted: str) -> None:
    """JSON pasted from the current details as it stands is refused, with what to do."""
    with pytest.raises(Refused, match="write your own staff id"):
        ACTIONS.read("approve", [{"decided_by": pasted}])


JARGON = re.compile(r"match pattern|tuple|valid|Input should|Field required|<[A-Z]|[\\^$]")


@pytest.mark.parametrize("name", ACTIONS)
def test_a_fault_is_told_without_a_programmers_words(name: str) -> None:
    """Whatever is wrong, the sentence says what the field must be."""
    for what, payloads in hostile(ACTIONS[name].example).items():
        with pytest.raises(Refused) as refused:
            parse(ACTIONS[name], payloads)
        told = refused.value.sentence.partition("Send one JSON object")[0]
        assert not JARGON.search(told), (what, told)
