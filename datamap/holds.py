"""Legal holds: rows that nobody may erase for now, judged at planning and again at execution."""

from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict, Field

from datamap.errors import HeldByLaw
from datamap.graph import Node
from datamap.keys import Keys


class Hold(BaseModel):
    """One hold: everything, a system, a collection of it, or single rows of that."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    hold_id: str
    system: str | None = None
    collection: str | None = None
    keys: frozenset[str] | None = Field(default=None, repr=False)

    def covers(self, node: Node, keys: Keys) -> bool:
        """Tell whether the hold covers one of these rows."""
        if self.system not in {None, node.system}:
            return False
        if self.collection not in {None, node.collection}:
            return False
        return bool(keys) if self.keys is None else any(key in keys for key in self.keys)


def stop_if_held(holds: Sequence[Hold], rows: Iterable[tuple[Node, Keys]]) -> None:
    """Raise ``HeldByLaw`` naming every hold that covers one of the rows."""
    if not holds:
        return
    found = list(rows)
    covering = [
        hold.hold_id for hold in holds if any(hold.covers(node, keys) for node, keys in found)
    ]
    if covering:
        raise HeldByLaw(covering)
