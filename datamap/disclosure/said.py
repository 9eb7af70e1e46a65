"""What the map says of a collection's data: where it comes from, what for, who receives it."""

from datamap.graph import Node
from datamap.schema import CollectionPrivacy, DataMap, DatasetPrivacy

Codes = tuple[str, ...]


class Said:
    """The labels of collections; what a collection does not say its system says for it."""

    def __init__(self, datamap: DataMap) -> None:
        self._datamap = datamap

    def sources(self, node: Node) -> Codes:
        """Return categories of sources."""
        return self._own(node).sources or self._system(node).sources

    def purposes(self, node: Node) -> Codes:
        """Return purposes of collecting, selling or sharing."""
        return self._own(node).purposes or self._system(node).purposes

    def given_to(self, node: Node) -> Codes:
        """Return who receives the data for a business purpose."""
        return self._own(node).recipients or self._system(node).recipients

    def sold_to(self, node: Node) -> Codes:
        """Return to whom the data is sold, or with whom it is shared."""
        return self._own(node).sold_or_shared_with

    def _own(self, node: Node) -> CollectionPrivacy:
        collection = self._datamap.system(node.system).collection(node.collection)
        return collection.privacy if collection else CollectionPrivacy()

    def _system(self, node: Node) -> DatasetPrivacy:
        return self._datamap.system(node.system).privacy
