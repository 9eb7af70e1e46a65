"""Logs that say what happens without saying to whom: known fields, scrubbed text, no content.

Our own modules log through structlog; the standard library's loggers (Temporal's SDK, uvicorn)
pass through the same processors.
"""

import logging
import sys
from collections.abc import Collection, Iterator
from types import TracebackType
from typing import Any, Literal, TextIO

import structlog
import temporalio.activity
import temporalio.workflow
from structlog.typing import EventDict, Processor, WrappedLogger

from domain.ids import is_request_id, request_of
from workers.redaction import OUR_PACKAGES, safe_message, scrub

KNOWN_FIELDS = frozenset(
    {
        "action",
        "activity",
        "address",
        "agent",
        "at",
        "attempt",
        "build",
        "bytes",
        "call",
        "connector",
        "count",
        "current",
        "dependency",
        "directory",
        "duration_ms",
        "event_type",
        "fault",
        "given_up",
        "head",
        "kind",
        "letter",
        "method",
        "milliseconds",
        "n",
        "namespace",
        "outcome",
        "part",
        "pid",
        "policy_version",
        "port",
        "process",
        "provider",
        "reason",
        "request_id",
        "request_type",
        "route",
        "row_id",
        "run_id",
        "schedule",
        "server_code",
        "signal_number",
        "stage",
        "status",
        "step",
        "stream",
        "task_queue",
        "verdict",
        "waited_s",
        "webhook",
        "what",
        "workflow",
        "workflow_id",
    }
)
"""Names of values that a log line may carry; others are dropped and only their names are told."""

_OWN = frozenset({"caused_by", "error", "event"})
_AS_IT_IS = frozenset({"frames", "level", "logger", "timestamp"})
_PLAIN = (bool, int, float, type(None))
_MOST_FRAMES = 8
_CORE_FIELDS = ("run_id", "task_queue", "workflow_type", "activity_type", "error_type")
_CORE_NAMES = {"workflow_type": "workflow", "activity_type": "activity"}

Output = Literal["json", "console"]


def configure_logging(output: Output, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send every log of this process to ``stream`` (standard error), redacted.

    Our packages and Temporal's SDK log from ``level`` on, everybody else from WARNING on.
    """
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(_formatter(output, colours=handler.stream.isatty()))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for package in (*OUR_PACKAGES, "__main__"):
        logging.getLogger(package).setLevel(level)
    # It would write addresses that it calls, and some carry a token.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    temporalio.workflow.logger.workflow_info_on_message = False
    temporalio.activity.logger.activity_info_on_message = False
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_every_line(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def know_workflow(_: WrappedLogger, __: str, event_dict: EventDict) -> EventDict:
    """Add the workflow and its request to what workflow code logs; drop it while replaying.

    Replay runs the same code over recorded history, so its lines would come twice.
    """
    if not temporalio.workflow.in_workflow():
        return event_dict
    if temporalio.workflow.unsafe.is_replaying_history_events():
        raise structlog.DropEvent
    info = temporalio.workflow.info()
    details = {"workflow_type": info.workflow_type, "workflow_id": info.workflow_id}
    event_dict.update(_temporal_facts(details))
    return event_dict


def describe_exception(_: WrappedLogger, __: str, event_dict: EventDict) -> EventDict:
    """Replace an exception by its type, its place and, when it is ours, what it says."""
    error = _exception_of(event_dict.pop("exc_info", None))
    for verbatim in ("exception", "exc_text", "stack", "stack_info"):
        event_dict.pop(verbatim, None)
    if error is not None:
        event_dict["error"] = _said(error)
        event_dict["frames"] = _frames(error.__traceback__)
        event_dict["caused_by"] = [_said(cause) for cause in _causes(error)]
    return event_dict


def keep_known_fields(_: WrappedLogger, __: str, event_dict: EventDict) -> EventDict:
    """Keep plain values of known fields, scrubbed; tell only the names of all others."""
    kept: EventDict = {}
    for name, value in event_dict.items():
        if name in _AS_IT_IS:
            kept[name] = value
        elif name in _OWN or name in KNOWN_FIELDS:
            kept[name] = _plain(value)
    dropped = sorted(name for name in event_dict if name not in kept)
    if dropped:
        kept["dropped"] = dropped
    return kept


def _formatter(output: Output, colours: bool) -> logging.Formatter:
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if output == "json"
        else structlog.dev.ConsoleRenderer(colors=colours)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_every_line(), _take_foreign],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            describe_exception,
            keep_known_fields,
            renderer,
        ],
    )


def _every_line() -> Collection[Processor]:
    return (
        know_workflow,
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    )


def _take_foreign(_: WrappedLogger, __: str, event_dict: EventDict) -> EventDict:
    """Take from a library's record its first line, without arguments, and Temporal's own facts.

    Arguments and later lines hold whatever the library had in hand: rows, peers, exceptions.
    """
    record: logging.LogRecord = event_dict["_record"]
    event_dict["event"] = str(record.msg).partition("\n")[0]
    for found in ("temporal_workflow", "temporal_activity"):
        event_dict.update(_temporal_facts(getattr(record, found, {})))
    core = getattr(record, "temporal_log", None)
    if core is not None:
        told = {name: core.fields[name] for name in _CORE_FIELDS if name in core.fields}
        event_dict.update({_CORE_NAMES.get(name, name): value for name, value in told.items()})
    return event_dict


def _temporal_facts(details: dict[str, Any]) -> EventDict:
    facts: EventDict = {
        "workflow": details.get("workflow_type"),
        "workflow_id": details.get("workflow_id"),
        "activity": details.get("activity_type"),
        "attempt": details.get("attempt"),
    }
    request = request_of(details.get("workflow_id") or "")
    if is_request_id(request):
        facts["request_id"] = request
    return {name: value for name, value in facts.items() if value is not None}


def _exception_of(exc_info: Any) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1] if isinstance(exc_info[1], BaseException) else None
    return sys.exc_info()[1] if exc_info else None


def _said(error: BaseException) -> str:
    message = safe_message(error)
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the members of a group and the chain of causes, each once."""
    seen = {id(error)}
    pending = _next_causes(error)
    while pending:
        cause = pending.pop(0)
        if id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            pending += _next_causes(cause)


def _next_causes(error: BaseException) -> list[BaseException]:
    members = list(error.exceptions) if isinstance(error, BaseExceptionGroup) else []
    context = None if error.__suppress_context__ else error.__context__
    cause = error.__cause__ or context
    return [*members, cause] if cause else members


def _frames(traceback: TracebackType | None) -> list[str]:
    """Name the innermost places, outermost first: module, function, line; no paths, no source."""
    places: list[str] = []
    while traceback is not None:
        frame = traceback.tb_frame
        module = frame.f_globals.get("__name__", "?")
        places.append(f"{module}.{frame.f_code.co_qualname}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return places[-_MOST_FRAMES:]


def _plain(value: Any) -> Any:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return f"<{type(value).__name__}>"


class _Handler(logging.StreamHandler[TextIO]):
    """Writes lines; a record that cannot be written is not printed with its arguments."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        self.stream.write(f'{{"level": "error", "event": "unwritable log of {record.name}"}}\n')
