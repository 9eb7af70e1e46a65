"""Who sent a signal: what a history says of it, and what follows for the person it names."""

import pytest

from domain import events as e
from domain import senders
from domain.senders import SOMEBODY_ELSE, SentBy

DOMAIN = "business.example"


@pytest.mark.parametrize(
    ("identity", "principal", "sent"),
    [
        ("", "", SentBy()),
        ("4711@laptop", "", SentBy()),
        ("s.lee@business.example", "", SentBy(stated="s.lee")),
        ("temporal-cli:S.Lee@laptop", "", SentBy(stated="s.lee")),
        ("<script>", "", SentBy()),
        ("Ana Ruiz, 1480 Guerrero Street", "", SentBy()),
        ("m.ray", "s.lee@business.example", SentBy(stated="m.ray", proven="s.lee")),
        ("", "S.Lee", SentBy(proven="s.lee")),
        ("", "s.lee@elsewhere.example", SentBy(proven=SOMEBODY_ELSE)),
        ("", "Ana Ruiz", SentBy(proven=SOMEBODY_ELSE)),
    ],
)
def test_a_history_gives_staff_ids_or_nothing(identity: str, principal: str, sent: SentBy) -> None:
    """Programs name nobody; a principal of another house is nobody's; no text goes further."""
    assert senders.sent_by(identity, principal, DOMAIN) == sent


@pytest.mark.parametrize(
    ("sent", "known", "differs"),
    [
        (SentBy(), "self-asserted", None),
        (SentBy(stated="s.lee"), "stated by client", None),
        (SentBy(stated="m.ray", proven="s.lee"), "authenticated", None),
        (SentBy(stated="m.ray"), "self-asserted", ("m.ray", "stated by client")),
        (SentBy(stated="s.lee", proven="m.ray"), "self-asserted", ("m.ray", "authenticated")),
    ],
)
def test_a_name_counts_for_as_much_as_the_history_bears_out(
    sent: SentBy, known: str, differs: tuple[str, str] | None
) -> None:
    """Named and sender the same: its level; another: the weakest, and an event that says so."""
    assert senders.sender(sent, "S.Lee").known == known
    found = senders.differing(sent, "approve", "S.Lee")
    assert [(each.sent_by.id, each.sent_by.known) for each in found] == (
        [differs] if differs else []
    )
    assert all(each.actor == e.Actor(id="S.Lee") for each in found)
