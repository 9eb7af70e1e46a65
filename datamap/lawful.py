"""The data map as the law has it for one request: a ground that is none for this person falls."""

from collections.abc import Collection as Some
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from datamap.errors import GroundIncomplete
from datamap.schema import Collection, DataMap, Dataset, Erasure, Retention, Role
from domain import deletion
from domain import events as e
from domain.deletion import Claim, HeldRecord, Verdict
from domain.months import months_after
from domain.policy import Policy
from domain.vocabulary import Residency

MONTHS_TO_REVIEW = 12
"""After so many months a ground that staff gave is looked at again."""


def under_law(
    datamap: DataMap, policy: Policy, *, received_on: date, residency: Residency
) -> DataMap:
    """Return the map with only the grounds that hold for a request (DEL-01, DEL-14, REQ-15).

    What nothing keeps is erased. Data from others stays at home, for instance, and not for a person
    in Europe.

    Raises:
        GroundIncomplete: the policy asks more of a ground than the map has on paper.
    """
    fallen = fallen_grounds(datamap, policy, received_on=received_on, residency=residency)
    if not fallen:
        return datamap
    systems = tuple(_without(dataset, fallen) for dataset in datamap.dataset)
    return datamap.model_copy(update={"dataset": systems})


def fallen_grounds(
    datamap: DataMap, policy: Policy, *, received_on: date, residency: Residency
) -> dict[str, Retention]:
    """Return what the map keeps on a ground that is none for a request, by collection (DEL-16).

    Raises:
        GroundIncomplete: the policy asks more of a ground than the map has on paper.
    """
    kept = tuple(_kept(datamap))
    records = {place: _record(collection, ground) for place, collection, ground in kept}
    verdicts = {
        place: deletion.judge(policy, record, received_on=received_on, residency=residency)
        for place, record in records.items()
    }
    waiting = {place: each.lacks for place, each in verdicts.items() if each.lacks}
    if waiting:
        raise GroundIncomplete(waiting)
    fallen = {place for place, each in verdicts.items() if each.verdict is Verdict.DELETE}
    return {place: ground for place, _, ground in kept if place in fallen}


def keeping_too(
    datamap: DataMap, policy: Policy, kept: Sequence[e.Retention], received_on: date
) -> DataMap:
    """Return the map with what staff keep for one request, as if it stood in the map (DEL-01)."""
    grounds = {each.collection: _ground(each, policy, received_on) for each in kept}
    systems = tuple(_with(dataset, grounds) for dataset in datamap.dataset)
    return datamap.model_copy(update={"dataset": systems}) if grounds else datamap


def _ground(kept: e.Retention, policy: Policy, received_on: date) -> Retention:
    sentences = {each.code: each.text.en for each in policy.deletion.exceptions}
    return Retention.model_validate(
        {
            "code": kept.ground,
            "reason": sentences[kept.ground],
            "reviewer": kept.reviewer,
            "review_on": months_after(received_on, MONTHS_TO_REVIEW),
        }
    )


def _with(dataset: Dataset, grounds: Mapping[str, Retention]) -> Dataset:
    collections = tuple(
        _with_ground(one, grounds[place], Erasure.KEEP)
        if (place := f"{dataset.fides_key}.{one.name}") in grounds
        else one
        for one in dataset.collections
    )
    return dataset.model_copy(update={"collections": collections})


def _kept(datamap: DataMap) -> Iterator[tuple[str, Collection, Retention]]:
    for system, collection in datamap.collections():
        ground = collection.privacy.retention
        if ground is not None and collection.erasure is Erasure.KEEP:
            yield f"{system}.{collection.name}", collection, ground


def _record(collection: Collection, ground: Retention) -> HeldRecord:
    """Who others are the source of is a fact of the map; every other ground is somebody's claim."""
    from_others = ground.code == deletion.NOT_COLLECTED
    claim = Claim.model_validate(ground.model_dump(include=set(Claim.model_fields)))
    return HeldRecord(
        id=collection.name,
        from_consumer=not from_others,
        claim=None if from_others else claim,
        marketing_list=Role.MARKETING_LIST in collection.privacy.role,
    )


def _without(dataset: Dataset, fallen: Some[str]) -> Dataset:
    collections = tuple(
        _erased(one) if f"{dataset.fides_key}.{one.name}" in fallen else one
        for one in dataset.collections
    )
    return dataset.model_copy(update={"collections": collections})


def _erased(collection: Collection) -> Collection:
    return _with_ground(collection, None, Erasure.DELETE)


def _with_ground(collection: Collection, ground: Retention | None, method: Erasure) -> Collection:
    privacy = collection.privacy.model_copy(update={"retention": ground, "erasure": method})
    meta = collection.meta.model_copy(update={"privacy": privacy})
    return collection.model_copy(update={"fides_meta": meta})
