"""Logs: known fields, scrubbed text, no content of exceptions, whoever logs."""

import ast
import io
import json
import logging

import pytest
import structlog

from tests.workers.loglines import Lines
from workers.logging import KNOWN_FIELDS, configure_logging
from workers.redaction import OUR_PACKAGES
from workers.settings import PROJECT

LEVELS = {f"log.{level}" for level in ("debug", "info", "warning", "error", "critical")}


def test_unknown_fields_are_dropped_and_named(lines: Lines) -> None:
    """A line keeps its known fields, and of others tells only that they were there."""
    structlog.get_logger("records").info("stored", count=3, full_name="Ana Ruiz")
    [line] = lines()
    assert (line["event"], line["count"], line["dropped"]) == ("stored", 3, ["full_name"])
    assert "Ana" not in json.dumps(line)


def test_values_are_scrubbed_and_objects_not_printed(lines: Lines) -> None:
    """A known field with a personal value, or with an object, shows neither."""
    log = structlog.get_logger("records")
    log.info("to ana@example.com", reason="call 415-555-0142", status={"name": "Ana"})
    [line] = lines()
    assert (line["event"], line["reason"]) == ("to [email]", "call [number]")
    assert line["status"] == "<dict>"


def test_the_request_is_on_every_line_of_its_context(lines: Lines) -> None:
    """What is bound once stands on the lines that follow."""
    with structlog.contextvars.bound_contextvars(request_id="PR-4106-105S"):
        structlog.get_logger("records").info("stored")
    assert lines()[0]["request_id"] == "PR-4106-105S"


def test_an_exception_tells_type_place_and_causes_only(lines: Lines) -> None:
    """Neither the text of a library's exception nor a path or source line is printed."""
    try:
        try:
            raise KeyError("Ana Ruiz")
        except KeyError as missing:
            raise ValueError("Ana Ruiz, 4 Elm St") from missing
    except ValueError:
        structlog.get_logger("records").exception("failed")
    [line] = lines()
    assert (line["error"], line["caused_by"]) == ("ValueError", ["KeyError"])
    assert line["frames"][-1].startswith(f"{__name__}.test_an_exception_tells")
    assert "Ana" not in json.dumps(line)


def test_a_library_log_loses_arguments_and_later_lines(lines: Lines) -> None:
    """Of a library's line the fixed text stays; arguments, dumps and low levels do not."""
    library = logging.getLogger("some.library")
    library.warning("bad row %s", {"name": "Ana"})
    library.warning("Task exception was never retrieved\nfuture: <ValueError('Ana')>")
    library.info("chatter")
    told = [line["event"] for line in lines()]
    assert told == ["bad row %s", "Task exception was never retrieved"]


def test_a_record_that_cannot_be_written_shows_no_arguments(
    lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fault while logging is told without the arguments that caused it."""
    record = logging.LogRecord("some.library", 30, __file__, 1, "no %s %s", ("Ana",), None)
    [ours] = [h for h in logging.getLogger().handlers if type(h).__module__ == "workers.logging"]
    ours.handle(record)
    assert lines()[0]["event"] == "unwritable log of some.library"
    assert "Ana" not in "".join(capsys.readouterr())


def test_a_console_reads_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """The console's form passes through the same redaction."""
    root = logging.getLogger()
    before = (root.handlers, root.level)
    written = io.StringIO()
    try:
        configure_logging("console", stream=written)
        structlog.get_logger("records").warning("to ana@example.com", n=1, full_name="Ana")
    finally:
        root.handlers, level = before
        root.setLevel(level)
        structlog.reset_defaults()
    assert "[email]" in written.getvalue()
    assert "Ana" not in written.getvalue()


def test_every_field_of_our_logs_may_be_written() -> None:
    """A line would otherwise say that something went wrong, and not what."""
    used = {
        keyword.arg
        for package in OUR_PACKAGES
        for path in (PROJECT / package).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in LEVELS
        for keyword in call.keywords
    }
    assert {"fault", "request_id"} <= used
    assert used - {None, "exc_info"} <= KNOWN_FIELDS
