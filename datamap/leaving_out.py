"""What is not searched for a report, and is named in it instead (KNO-05)."""

from datamap.schema import Collection, DataMap, Dataset
from domain import know_report


def is_left_out(collection: Collection) -> bool:
    """Tell whether the law lets a collection out of a search: only if all four conditions hold."""
    flags = collection.privacy.not_searched
    if flags is None:
        return False
    described = collection.privacy.label is not None
    stated = know_report.NotSearched(**flags.model_dump(), described_to_consumer=described)
    return know_report.may_skip_search(stated)


def left_out(datamap: DataMap) -> tuple[str, ...]:
    """Name the collections that a report says were not searched."""
    return tuple(
        f"{system}.{one.name}" for system, one in datamap.collections() if is_left_out(one)
    )


def searched(datamap: DataMap) -> DataMap:
    """Return the map of what is searched for a report."""
    if not left_out(datamap):
        return datamap
    systems = tuple(_searched(dataset) for dataset in datamap.dataset)
    return datamap.model_copy(update={"dataset": systems})


def _searched(dataset: Dataset) -> Dataset:
    collections = tuple(_skipped(one) if is_left_out(one) else one for one in dataset.collections)
    return dataset.model_copy(update={"collections": collections})


def _skipped(collection: Collection) -> Collection:
    meta = collection.meta.model_copy(update={"skip_processing": True})
    return collection.model_copy(update={"fides_meta": meta})
