"""Errors in a policy file, each with its file, its line and what to do about it."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarbool import ScalarBoolean

Path = tuple[str | int, ...]
"""Where in the document something stands, such as ``("clocks", 0, "respond_within")``."""


class PolicyProblem(BaseModel):
    """One thing that is wrong with a policy file."""

    model_config = ConfigDict(frozen=True)

    source: str
    line: int
    where: str
    what: str

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{self.source}:{self.line}: {place}{self.what}"


class PolicyInvalid(Exception):
    """A policy file cannot be used; the text lists every problem, one a line."""

    def __init__(self, problems: Iterable[PolicyProblem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Document(NamedTuple):
    """A policy file as read: plain content beside the tree that knows line numbers."""

    source: str
    tree: CommentedMap
    content: dict[str, Any]

    def problem(self, path: Path, what: str) -> PolicyProblem:
        """Form a problem at ``path``, with the line of the deepest part of it that exists."""
        line = _line_of(self.tree, path)
        return PolicyProblem(source=self.source, line=line, where=_readable(path), what=what)


def read_document(text: str, source: str) -> Document:
    """Read YAML text that is a mapping; raises :class:`PolicyInvalid` where it is not."""
    try:
        tree = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        raise PolicyInvalid((_syntax_problem(source, error),)) from None
    except YAMLError as error:
        raise PolicyInvalid((_whole(source, f"this is not YAML: {error}"),)) from None
    if not isinstance(tree, CommentedMap):
        raise PolicyInvalid((_whole(source, "a policy is a mapping; begin with `version: …`"),))
    return Document(source, tree, _plain(tree))


def problems_of(
    error: ValidationError, document: Document, model: type[BaseModel]
) -> tuple[PolicyProblem, ...]:
    """Word every error of validating ``model`` so that the writer of the file knows what to do."""
    return tuple(
        document.problem(tuple(details["loc"]), _advice(details, model))
        for details in error.errors(include_url=False)
    )


def _advice(details: ErrorDetails, model: type[BaseModel]) -> str:
    key = details["loc"][-1] if details["loc"] else ""
    if details["type"] == "missing":
        return f"this key is missing; add `{key}:`"
    if details["type"] == "extra_forbidden":
        return f"`{key}` is not a key here; {_instead(details['loc'], model)}"
    if details["type"] == "value_error":
        return details["msg"].removeprefix("Value error, ")
    return f"{details['msg']}; this file says {details['input']!r}"


def _instead(path: Path, model: type[BaseModel]) -> str:
    known = _keys_of(model, path[:-1])
    close = get_close_matches(str(path[-1]), known, n=1)
    if close:
        return f"write `{close[0]}`"
    return f"remove it, the keys here are {', '.join(known)}"


def _keys_of(model: type[BaseModel], path: Path) -> list[str]:
    schema: dict[str, Any] = model.model_json_schema()
    node = schema
    for step in path:
        node = _inside(_resolved(node, schema), step)
    return sorted(_resolved(node, schema).get("properties", {}))


def _resolved(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    options = [option for option in node.get("anyOf", []) if option.get("type") != "null"]
    if options:
        node = options[0]
    reference = node.get("$ref")
    return schema["$defs"][reference.rsplit("/", 1)[1]] if reference else node


def _inside(node: dict[str, Any], step: str | int) -> dict[str, Any]:
    if isinstance(step, int):
        return dict(node.get("items", {}))
    return dict(node.get("properties", {}).get(step, {}))


def _line_of(tree: CommentedMap, path: Path) -> int:
    node: Any = tree
    line: int = tree.lc.line
    for step in path:
        try:
            position = node.lc.key(step) if isinstance(node, CommentedMap) else node.lc.item(step)
            node = node[step]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
        line = position[0]
    return line + 1


def _readable(path: Path) -> str:
    parts = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(parts).lstrip(".")


def _plain(node: Any) -> Any:
    if isinstance(node, CommentedMap):
        return {_plain(key): _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(item) for item in node]
    if isinstance(node, ScalarBoolean):
        return bool(node)
    return int(node) if isinstance(node, int) and not isinstance(node, bool) else node


def _syntax_problem(source: str, error: MarkedYAMLError) -> PolicyProblem:
    mark = error.problem_mark or error.context_mark
    what = f"this is not YAML: {error.problem or error.context}; mend the line or the one before"
    return PolicyProblem(source=source, line=mark.line + 1 if mark else 1, where="", what=what)


def _whole(source: str, what: str) -> PolicyProblem:
    return PolicyProblem(source=source, line=1, where="", what=what)
