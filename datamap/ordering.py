"""In which order rows can go: those that refer to others first, rings of references together."""

from collections.abc import Iterable, Mapping


def deletion_groups(nodes: Iterable[str], parents: Mapping[str, set[str]]) -> list[list[str]]:
    """Group tables so that each group is deleted before the groups that it refers to.

    ``parents`` names for each table those that its rows refer to. Tables that refer to each other
    in a ring form one group (Tarjan's strongly connected components, without recursion).
    """
    members = set(nodes)
    visited = _Visit(members, parents)
    for node in sorted(members):
        if node not in visited.index:
            visited.walk(node)
    return visited.groups[::-1]


class _Visit:
    """One depth-first walk over the references."""

    def __init__(self, members: set[str], parents: Mapping[str, set[str]]) -> None:
        self._next = {node: sorted(parents.get(node, set()) & members) for node in members}
        self.index: dict[str, int] = {}
        self.groups: list[list[str]] = []
        self._low: dict[str, int] = {}
        self._stack: list[str] = []

    def walk(self, root: str) -> None:
        """Visit everything that ``root`` refers to; groups come out parents first."""
        work = [(root, iter(self._next[root]))]
        self._enter(root)
        while work:
            node, children = work[-1]
            child = next(children, None)
            if child is None:
                work.pop()
                self._leave(node, work[-1][0] if work else None)
            elif child not in self.index:
                self._enter(child)
                work.append((child, iter(self._next[child])))
            elif child in self._stack:
                self._low[node] = min(self._low[node], self.index[child])

    def _enter(self, node: str) -> None:
        self.index[node] = self._low[node] = len(self.index)
        self._stack.append(node)

    def _leave(self, node: str, caller: str | None) -> None:
        if self._low[node] == self.index[node]:
            start = self._stack.index(node)
            self.groups.append(sorted(self._stack[start:]))
            del self._stack[start:]
        if caller is not None:
            self._low[caller] = min(self._low[caller], self._low[node])
