"""What letters call the collections of the sample business."""

from datamap.loading import load_path
from datamap.wording import wording
from domain.vocabulary import Language
from workers.settings import PROJECT


def test_every_collection_of_the_sample_business_has_plain_words() -> None:
    """No letter of it shows the name of a table, in either language (NOT-06)."""
    datamap = load_path(PROJECT / "samples" / "business")
    places = {f"{system}.{one.name}" for system, one in datamap.collections()}
    for language in Language:
        assert set(wording(datamap, language)) == places
    assert wording(datamap, Language.SPANISH)["shop.orders"] == "pedidos"
