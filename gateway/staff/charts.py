"""The charts of the metrics page: each one plot, and its numbers as a table that is a CSV file."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from domain.metrics import Figures, Group
from domain.workload import Result, Span, by_type
from gateway.staff.figures import TeamFigures
from gateway.staff.plots import Plot, Series, side_by_side, stacked
from gateway.staff.words import in_words

Cell = str | int | float

LEGAL_DAYS = 45
RESULT_STYLES = {
    Result.GRANTED: "first",
    Result.PARTLY: "second",
    Result.NOTHING: "third",
    Result.DENIED: "fourth",
    Result.UNVERIFIED: "fifth",
    Result.WITHDRAWN: "sixth",
    Result.DUPLICATE: "seventh",
    Result.OPEN: "open",
}

GROUPS = {
    Group.DELETE: "to delete",
    Group.CORRECT: "to correct",
    Group.KNOW: "to know",
    Group.OPT_OUT_SALE_SHARING: "to opt out of sale or sharing",
    Group.LIMIT_SPI: "to limit sensitive data",
}


@dataclass(frozen=True)
class Chart:
    """One figure of the page; ``name`` is that of its file."""

    name: str
    title: str
    says: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    plot: Plot | None = None

    def as_csv(self) -> str:
        """Return the numbers as a CSV file with a line of headings."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(self.columns)
        writer.writerows(self.rows)
        return text.getvalue()


def over_time(figures: TeamFigures) -> Chart:
    """Show requests received and answered by month."""
    months = figures.months
    return Chart(
        "over-time",
        "Requests over time",
        "What came in, and what was answered, by calendar month.",
        ("month", "received", "answered"),
        tuple((f"{each.first:%Y-%m}", each.received, each.answered) for each in months),
        side_by_side(
            _month_labels(figures),
            [
                Series("received", "third", [each.received for each in months]),
                Series("answered", "first", [each.answered for each in months]),
            ],
        ),
    )


def days_to_respond(figures: TeamFigures) -> Chart:
    """Show how many answers took how many days."""
    spans = figures.spans
    return Chart(
        "days-to-respond",
        "Days to respond",
        "Answers by the days they took, for requests that somebody decides. "
        f"The law gives {LEGAL_DAYS} days, and as many again by an extension.",
        ("days", "in time", "late"),
        tuple((_span(each), each.in_time, each.late) for each in spans),
        stacked(
            [_end(each) for each in spans],
            [
                Series("in time", "first", [each.in_time for each in spans]),
                Series("late", "late", [each.late for each in spans]),
            ],
        ),
    )


def on_time(figures: TeamFigures) -> Chart:
    """Show the share of answers that came in time, by month."""
    months = figures.months
    shares = [round(100 * each.share) if each.share is not None else 0 for each in months]
    return Chart(
        "on-time",
        "Answered in time",
        "The share of each month's answers that left by their due date, extensions counted.",
        ("month", "in time", "late", "per cent in time"),
        tuple(
            (f"{each.first:%Y-%m}", each.in_time, each.late, share if each.answered else "")
            for each, share in zip(months, shares, strict=True)
        ),
        stacked(_month_labels(figures), [Series("% in time", "first", shares)], most=100),
    )


def outcomes(figures: TeamFigures) -> Chart:
    """Show what became of each kind of request."""
    kinds = by_type(figures.received)
    return Chart(
        "outcomes",
        "By kind and outcome",
        "What became of the requests received in this period.",
        ("kind", "received", *Result),
        tuple(
            (in_words(kind), sum(results.values()), *(results.get(one, 0) for one in Result))
            for kind, results in kinds.items()
        ),
    )


def forecast(figures: TeamFigures) -> Chart:
    """List who will be late at the team's pace."""
    return Chart(
        "forecast",
        "Who will be late",
        "At the pace of the last four weeks, the first due answered first.",
        ("request", "due", "expected on"),
        tuple(
            (each.request_id, f"{each.due}", f"{each.on}" if each.on else "")
            for each in figures.forecast.late
        ),
    )


def of_year(found: Mapping[Group, Figures], year: int) -> Chart:
    """List the yearly figures that the law asks for (MET-02)."""
    return Chart(
        f"year-{year}",
        f"For publication: requests received in {year}",
        "As the regulations ask for them, from the record alone.",
        ("kind", *Figures.model_fields),
        tuple(
            (
                GROUPS[kind],
                *("" if value is None else value for value in each.model_dump().values()),
            )
            for kind, each in found.items()
        ),
    )


def _month_labels(figures: TeamFigures) -> list[str]:
    if len(figures.months) > 12:
        return [
            f"{each.first:%b %y}" if each.first.month % 3 == 1 else "" for each in figures.months
        ]
    return [f"{each.first:%b}" for each in figures.months]


def _span(span: Span) -> str:
    return f"{span.first}–{span.last}" if span.last is not None else f"{span.first}+"


def _end(span: Span) -> str:
    return f"{span.last}" if span.last is not None else "more"
