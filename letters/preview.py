"""Every sample letter as files to read: text and HTML in each language, and a list of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.policy import Policy
from domain.vocabulary import Language
from letters.render import pages, render
from letters.samples import Sample, samples

INDEX = "index.html"


@dataclass(frozen=True)
class Page:
    """One file of the preview: its path below the folder, and what it holds."""

    path: str
    content: str


@dataclass(frozen=True)
class Row:
    """One letter in the list: its subject in each language, by the path without the ending."""

    sample: Sample
    subjects: dict[str, str]


def preview(policy: Policy) -> Iterator[Page]:
    """Return the files of the preview, the list of all letters last.

    Raises:
        MissingItems: a sample, or the policy, lacks what a letter must say.
    """
    rows = []
    for sample in samples():
        subjects = {}
        for language in Language:
            letter = render(sample.kind, sample.facts, sample.addressee(language), policy)
            path = f"{language}/{sample.kind}-{sample.slug}"
            subjects[path] = letter.subject
            yield Page(f"{path}.html", letter.html)
            yield Page(f"{path}.txt", letter.text)
        rows.append(Row(sample, subjects))
    yield Page(INDEX, pages().get_template("preview.html.j2").render(rows=rows, policy=policy))
