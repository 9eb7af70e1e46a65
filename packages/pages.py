"""The readable parts of a package: ``index.html``, and pages of collections that are long.

No script, no picture, nothing from elsewhere: they are read from a folder, on paper or aloud.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from domain.package import SectionOutline
from packages.cover import Contents
from packages.names import FilePath, csv_name, page_name
from packages.review import ShownRow
from packages.tables import cell_text

MOST_COLUMNS = 6
"""Columns of a table that can be read on a narrow screen and on paper; wider rows become lists."""


class PageWriter:
    """Makes the text of the pages of one package."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._say = contents.wording
        self._places = contents.place_names

    def start(self) -> str:
        """Return the index up to the collections."""
        cover, outline, say = self._contents.cover, self._contents.outline, self._say
        shown = {place: self._places[place] for place in self._shown_places()}
        lines = self._contents.findings.lines()
        return self._head(say.words["title"]) + self._render(
            "summary.html.j2",
            cover=cover,
            outline=outline,
            report=outline.report,
            places=shown,
            sold=[say.went_to(row) for row in outline.report.sold_or_shared],
            disclosed=[say.went_to(row) for row in outline.report.disclosed],
            withheld=[say.withheld(line, self._places) for line in lines],
        )

    def section(self, section: SectionOutline, rows: Sequence[ShownRow] | None) -> str:
        """Return a collection in the index: with its rows, or with links to their pages."""
        say, words = self._say, self._say.words
        name = self._places[section.place]
        pages = range(1, len(section.chunks) + 1) if rows is None else ()
        head = self._render(
            "section.html.j2",
            place=section.place,
            name=name,
            count=self._contents.findings.rows[section.place],
            said=[
                (words["source_of"], say.sources(section.sources)),
                (words["purpose_of"], say.purposes(section.purposes)),
                (words["recipients_of"], say.recipients(section.recipients)),
            ],
            csv=csv_name(section.place),
            pages=[page_name(section.place, number) for number in pages],
        )
        return head + self._rows(section, rows or (), root="", heading="h4") + "</section>\n"

    def finish(self) -> str:
        """Return the index behind the collections."""
        words = self._say.words["files_list"]
        listed = {
            "index.html": "index",
            "pages/": "pages",
            "csv/": "csv",
            "data.json": "json",
            "files/": "files",
            "manifest.json": "manifest",
        }
        return self._render(
            "foot.html.j2",
            cover=self._contents.cover,
            listed=[(name, words[key]) for name, key in listed.items()],
            originals=[file.original for file in self._contents.files if file.original],
        )

    def page(self, section: SectionOutline, number: int, rows: Sequence[ShownRow]) -> str:
        """Return one page of a long collection, whole."""
        place, count = section.place, len(section.chunks)
        values: dict[str, Any] = {
            "place": place,
            "name": self._places[place],
            "number": number,
            "count": count,
            "before": page_name(place, number - 1, beside=True) if number > 1 else "",
            "after": page_name(place, number + 1, beside=True) if number < count else "",
        }
        return "".join(
            [
                self._head(self._places[place]),
                self._render("page.html.j2", **values),
                self._rows(section, rows, root="../", heading="h2"),
                self._render("page_foot.html.j2", **values),
            ]
        )

    def _shown_places(self) -> list[str]:
        rows = self._contents.findings.rows
        return [one.place for one in self._contents.outline.sections if rows[one.place]]

    def _head(self, title: str) -> str:
        named = f"{title} – {self._contents.cover.policy.business.name}"
        return self._render("head.html.j2", title=named, style=_style())

    def _rows(
        self, section: SectionOutline, rows: Sequence[ShownRow], *, root: str, heading: str
    ) -> str:
        return self._render(
            "rows.html.j2",
            name=self._places[section.place],
            fields=[
                {"name": one.name, "label": self._say.name(one.label, one.name)}
                for one in section.fields
            ],
            rows=rows,
            narrow=len(section.fields) <= MOST_COLUMNS,
            root=root,
            heading=heading,
        )

    def _render(self, template: str, **values: Any) -> str:
        return (
            _environment()
            .get_template(template)
            .render(
                t=self._say.words,
                say=self._say,
                language=self._say.language.value,
                business=self._contents.cover.policy.business,
                **values,
            )
        )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("packages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = cell_text
    environment.tests["filepath"] = lambda value: isinstance(value, FilePath)
    return environment


@cache
def _style() -> Markup:
    return Markup((files("packages") / "templates" / "style.css").read_text(encoding="utf-8"))
