"""What people call the collections of the data map, in the language of a letter."""

from collections.abc import Mapping

from datamap.schema import DataMap
from domain.vocabulary import Language


def wording(datamap: DataMap, language: Language) -> Mapping[str, str]:
    """Return the words for each collection that has a label: ``shop.orders`` is *orders*."""
    return {
        f"{system}.{collection.name}": collection.privacy.label.in_language(language)
        for system, collection in datamap.collections()
        if collection.privacy.label is not None
    }
