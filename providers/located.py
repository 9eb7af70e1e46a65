"""YAML whose errors name file and line."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

Model = TypeVar("Model", bound=BaseModel)


class InvalidFile(ValueError):
    """A YAML file is not what it should be; each problem is a line with file and line number."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def parse(
    model: type[Model], text: str, source: str, context: Mapping[str, Any] | None = None
) -> Model:
    """Read YAML ``text`` into ``model``; ``context`` is handed to its validators.

    Raises:
        InvalidFile: broken YAML or wrong content, each problem as ``source:line: where: what``.
    """
    tree = _tree(text, source)
    try:
        return model.model_validate(tree, context=dict(context or {}))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=False)
        raise InvalidFile(
            [_problem(tree, source, problem["loc"], problem["msg"]) for problem in details]
        ) from None


def line_of(tree: object, location: Sequence[int | str]) -> int:
    """Return the 1-based line of the deepest part of ``location`` that the file really has."""
    line, node = 1, tree
    for step in location:
        position = _position(node, step)
        if position is None:
            continue  # A union's tag or a missing key: the enclosing place is the best answer.
        line, node = position + 1, node[step]  # type: ignore[index]
    return line


def _tree(text: str, source: str) -> object:
    try:
        return YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidFile([f"{source}:{line}: not valid YAML: {error.problem}"]) from None
    except YAMLError as error:
        raise InvalidFile([f"{source}:1: not valid YAML: {type(error).__name__}"]) from None


def _problem(tree: object, source: str, location: tuple[int | str, ...], message: str) -> str:
    where = ".".join(str(step) for step in location) or "the file"
    return f"{source}:{line_of(tree, location)}: {where}: {message}"


def _position(node: Any, step: int | str) -> int | None:
    marks = getattr(getattr(node, "lc", None), "data", None) or {}
    mark = marks.get(step)
    return int(mark[0]) if mark else None
