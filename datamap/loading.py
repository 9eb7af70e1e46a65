"""Reads a data map from YAML; every problem names the file, the line and the fix."""

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from datamap.errors import MapInvalid
from datamap.graph import Graph
from datamap.leaving_out import is_left_out
from datamap.schema import (
    Collection,
    CollectionPrivacy,
    DataMap,
    Dataset,
    DatasetPrivacy,
    Erasure,
    FieldPrivacy,
    MapField,
    Role,
)

Location = tuple[str | int, ...]
Problem = tuple[Location, str]

NOT_AN_IDENTITY = frozenset({"full_name", "postal_address", "birth_date", "job_title", "employer"})
"""Facts that several people share; they may be points, never a way to find rows (VER-18)."""


def load(text: str, source: str) -> DataMap:
    """Return the data map that ``text`` describes; ``source`` names the file in errors.

    Raises ``MapInvalid`` with one line per problem, each ``file:line: what; fix``.
    """
    return load_all({source: text})


def load_path(path: Path) -> DataMap:
    """Return the data map of a file, or of all ``*.yaml`` files of a folder together.

    Raises ``MapInvalid`` as ``load`` does, and ``OSError`` when nothing can be read.
    """
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    return load_all({str(file): file.read_text(encoding="utf-8") for file in files})


def load_all(texts: Mapping[str, str]) -> DataMap:
    """Return one map from several files, by the names that errors give them."""
    documents = [_Document(source, _parse(text, source)) for source, text in texts.items()]
    datasets = [dataset for document in documents for dataset in document.datasets]
    plain = {"dataset": datasets, **{key: 1 for one in documents for key in one.surplus}}
    try:
        datamap = DataMap.model_validate(plain)
    except ValidationError as invalid:
        found = [(error["loc"], _sentence(error)) for error in invalid.errors()]
        raise MapInvalid(_with_lines(documents, found)) from None
    if problems := [*_names(datamap), *_meaning(datamap)]:
        raise MapInvalid(_with_lines(documents, problems))
    return datamap


@dataclass(frozen=True)
class _Document:
    """One file as it was read, with its line numbers."""

    source: str
    tree: Any

    @property
    def datasets(self) -> list[Any]:
        """Its systems, without line numbers."""
        return list(_plain(self.tree.get("dataset")) or [])

    @property
    def surplus(self) -> list[str]:
        """Keys that no map has."""
        return [str(key) for key in self.tree if key != "dataset"]


def _parse(text: str, source: str) -> Any:
    try:
        document = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = error.problem or "is not YAML"
        raise MapInvalid([f"{source}:{line}: {problem}; correct the YAML here"]) from None
    if not isinstance(document, dict):
        raise MapInvalid([f"{source}:1: a data map begins with `dataset:`; add it"])
    return document


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return node


def _with_lines(documents: Sequence[_Document], problems: Sequence[Problem]) -> list[str]:
    lines = set()
    for location, text in problems:
        document, local = _home(documents, location)
        lines.add((document.source, _line(document.tree, local), text))
    return [f"{source}:{line}: {text}" for source, line, text in sorted(lines)]


def _home(documents: Sequence[_Document], location: Location) -> tuple[_Document, Location]:
    """Return the file that a location lies in, and the location inside that file."""
    match location:
        case ("dataset", int(number), *rest):
            for document in documents:
                if number < len(document.datasets):
                    return document, ("dataset", number, *rest)
                number -= len(document.datasets)
        case (str(key), *_):
            for document in documents:
                if key in document.surplus:
                    return document, location
    return documents[0], location


def _line(document: Any, location: Location) -> int:
    """Return the 1-based line of the deepest part of ``location`` that the file has."""
    node: Any = document
    line = 1
    for step in location:
        if isinstance(node, dict) and step in node:
            line = cast(Any, node).lc.key(step)[0] + 1
            node = node[step]
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            line = cast(Any, node).lc.item(step)[0] + 1
            node = node[step]
        else:
            break
    return line


def _sentence(error: ErrorDetails) -> str:
    where = ".".join(str(step) for step in error["loc"] if not isinstance(step, int))
    name = str(error["loc"][-1]) if error["loc"] else "the file"
    if error["type"] == "missing":
        return f"`{name}` is missing under {where.rpartition('.')[0] or 'the file'}; add it"
    if error["type"] == "extra_forbidden":
        return f"`{name}` is not known here; {_spelling(name)}"
    message = error["msg"].removeprefix("Value error, ")
    return f"{where}: {message[:1].lower()}{message[1:]}; correct it"


def _spelling(name: str) -> str:
    known = {*FieldPrivacy.model_fields, *CollectionPrivacy.model_fields}
    close = difflib.get_close_matches(name, known | set(DatasetPrivacy.model_fields), n=1)
    return f"did you mean `{close[0]}`?" if close else "remove it or correct the spelling"


def _names(datamap: DataMap) -> Iterator[Problem]:
    for n, name in _repeated(datamap.systems):
        yield ("dataset", n, "fides_key"), f"the system {name} stands here twice; rename one"
    for d, dataset in enumerate(datamap.dataset):
        for n, name in _repeated([one.name for one in dataset.collections]):
            yield _at(d, n), f"the collection {name} stands here twice; merge the two"
        for c, collection in enumerate(dataset.collections):
            for n, name in _repeated([field.name for field in collection.fields]):
                yield _at(d, c, n), f"the field {name} stands here twice; remove one"


def _repeated(names: Sequence[str]) -> list[tuple[int, str]]:
    twice = {name for name, count in Counter(names).items() if count > 1}
    return [(n, name) for n, name in enumerate(names) if name in twice and name in names[:n]]


def _at(dataset: int, collection: int, field: int | None = None) -> Location:
    place: Location = ("dataset", dataset, "collections", collection)
    return place if field is None else (*place, "fields", field)


def _meaning(datamap: DataMap) -> Iterator[Problem]:
    if not any(datamap.with_role(Role.PERSON)):
        yield (
            ("dataset",),
            "no collection stands for people; give `role: person` to the one that does",
        )
    for d, dataset in enumerate(datamap.dataset):
        for c, collection in enumerate(dataset.collections):
            if collection.personal:
                yield from _of_collection(collection, d, c)
                yield from _of_fields(datamap, collection, d, c)
                yield from _of_members(dataset, collection, d, c)
    yield from _unreachable(datamap)


def _of_collection(collection: Collection, d: int, c: int) -> Iterator[Problem]:
    privacy, place = collection.privacy, (*_at(d, c), "fides_meta", "privacy")
    if not collection.key:
        yield _at(d, c), f"{collection.name} has no key; add `primary_key: true` to its field"
    if collection.erasure is Erasure.KEEP and privacy.retention is None:
        yield place, "`erasure: keep` needs a ground; add `retention` with code, reason, reviewer"
    if collection.erasure is not Erasure.KEEP and privacy.retention is not None:
        yield place, "`retention` keeps rows but `erasure` does not; choose one of the two"
    if collection.erasure in {Erasure.DEACTIVATE, Erasure.UNPUBLISH} and not privacy.deactivate:
        yield place, "say what switches it off; add `deactivate: {column: value}`"
    if privacy.not_searched is not None and not is_left_out(collection):
        yield (
            place,
            "`not_searched` needs all three flags true and a `label` by which reports name it; "
            "else leave it out, so that the rows are searched",
        )
    author = privacy.author.field if privacy.author else None
    for column in filter(
        None, (privacy.use_lock, privacy.collected_at, author, *privacy.deactivate)
    ):
        if collection.field(column) is None:
            yield place, f"{column} is no field of {collection.name}; add the field or correct it"


def _of_fields(datamap: DataMap, collection: Collection, d: int, c: int) -> Iterator[Problem]:
    for f, field in enumerate(collection.fields):
        place = (*_at(d, c, f), "fides_meta")
        for r, reference in enumerate(field.meta.references):
            if (missing := _missing(datamap, reference.dataset, reference.field)) is not None:
                yield (*place, "references", r), f"{missing} is not in the map; add or correct it"
        if field.meta.identity in NOT_AN_IDENTITY:
            yield (
                (*place, "identity"),
                f"several people share a {field.meta.identity}; write it as `privacy.point`",
            )
        for key, column in _siblings(field):
            if collection.field(column) is None:
                yield (
                    (*place, "privacy", key),
                    f"{column} is no field of {collection.name}; add the field or correct the name",
                )


def _of_members(dataset: Dataset, collection: Collection, d: int, c: int) -> Iterator[Problem]:
    inside = [one for one in collection.leaves if one not in collection.fields and one.point]
    if inside and dataset.privacy.connector != "postgres":
        yield (
            _at(d, c),
            f"people cannot be looked for inside documents of {dataset.fides_key}; only a postgres "
            f"system can; take identity and point off {inside[0].name}, or move the value out",
        )


def _siblings(field: MapField) -> Iterator[tuple[str, str]]:
    """Yield the fields beside it that a field's additions name, each with the addition."""
    yield from (("changed_at", column) for column in field.privacy.changed_at)
    if (file := field.privacy.attachment) is not None and file.name:
        yield "attachment", file.name


def _missing(datamap: DataMap, system: str, path: str) -> str | None:
    if system not in datamap.systems:
        return f"system {system}"
    name, _, column = path.partition(".")
    collection = datamap.system(system).collection(name)
    if collection is None:
        return f"collection {system}.{name}"
    return None if collection.field(column) else f"field {system}.{path}"


def _unreachable(datamap: DataMap) -> Iterator[Problem]:
    places = {
        (dataset.fides_key, collection.name): _at(d, c)
        for d, dataset in enumerate(datamap.dataset)
        for c, collection in enumerate(dataset.collections)
    }
    for node in Graph(datamap).unreachable():
        yield (
            places[node.system, node.collection],
            f"nothing leads to {node}; add a reference to a person's row, an identity, or "
            "`skip_processing: true` if it holds no personal data",
        )
