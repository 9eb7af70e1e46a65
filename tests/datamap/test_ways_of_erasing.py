"""Each collection of the sample business says how a deletion is complied with."""

from datamap import load_path
from datamap.schema import Erasure
from workers.settings import PROJECT


def test_everything_personal_is_erased_in_a_named_way_or_kept_on_a_ground() -> None:
    """Erased, emptied, deidentified or, on a ground, kept: nothing is left out (DEL-05)."""
    found = load_path(PROJECT / "samples" / "business")
    personal = [
        collection
        for dataset in found.dataset
        for collection in dataset.collections
        if collection.personal
    ]
    assert personal
    for collection in personal:
        grounded = collection.privacy.retention is not None
        assert (collection.erasure is Erasure.KEEP) == grounded
