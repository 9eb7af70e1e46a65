"""The evidence in words: a page and a plain text that say the same."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.timeline import sentence, words
from workers.evidence.collecting import Pack


class Happening(NamedTuple):
    """One event, for people."""

    at: str
    stream: str
    n: int
    says: str


def as_html(pack: Pack, made_at: datetime) -> str:
    """Return the timeline as one page that needs nothing beside itself."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
    )
    return templates.get_template("timeline.html").render(
        request=pack.request.request_id,
        made_at=f"{made_at:%Y-%m-%d %H:%M} UTC",
        facts=[*_facts(pack)],
        happenings=[*_happenings(pack)],
        letters=pack.letters,
    )


def as_text(pack: Pack, made_at: datetime) -> str:
    """Return the timeline as plain text."""
    lines = [f"Request {pack.request.request_id}, as recorded until {made_at:%Y-%m-%d %H:%M} UTC"]
    lines += ["", *(f"{name}: {value}" for name, value in _facts(pack)), ""]
    lines += [f"{each.at}  {each.stream} {each.n}  {each.says}" for each in _happenings(pack)]
    return "\n".join([*lines, ""])


def _facts(pack: Pack) -> Iterator[tuple[str, str]]:
    row = pack.request
    yield "Type", words([str(each) for each in row.request_types])
    yield "Received", words(row.received_at.isoformat())
    yield "Stage", words(row.stage or "registered")
    yield "Outcome", words(row.outcome or "none yet")
    if pack.pin:
        yield "Policy", f"{pack.pin.version}, content {pack.pin.content_hash}"
    if row.purged_at:
        yield "Personal data destroyed", words(row.purged_at.isoformat())
    yield "Events", str(sum(map(len, pack.streams.values())))
    yield "Checkpoint", _covered(pack)


def _covered(pack: Pack) -> str:
    if not pack.checkpoints:
        return "none was taken yet"
    newest = pack.checkpoints[-1]
    return f"number {newest.n} of {newest.taken_at:%Y-%m-%d %H:%M} UTC"


def _happenings(pack: Pack) -> Iterator[Happening]:
    for event in pack.documents:
        stream = event["stream"].removeprefix(pack.request.request_id).removeprefix(".")
        yield Happening(
            at=f"{event['at'][:10]} {event['at'][11:19]} UTC",
            stream=stream or "request",
            n=event["n"],
            says=sentence(event["type"], event["data"]),
        )
