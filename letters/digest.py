"""Makes the morning's mail to the team from a digest; it holds ids, dates and links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.digest import Digest, Heading
from domain.policy import Policy
from letters.plain import WIDTH, text_of
from letters.render import LAYOUT, RenderedLetter, pages, sentences
from letters.structure import Block, addresses, blocks, link

TEMPLATE = "staff_digest.j2"
MOST = 25
"""So many requests are named under one heading; the lists behind the links hold them all."""


class Words(NamedTuple):
    """What a heading says, and what to do about it."""

    title: str
    todo: str


WORDS: Mapping[Heading, Words] = {
    Heading.OVERDUE: Words("Overdue", "Their day has passed. Answer them first."),
    Heading.DUE_SOON: Words("Due within 7 days", "Their answers are due in a week at the latest."),
    Heading.PARKED: Words("Stopped", "A step failed. Mend the cause, then try it again."),
    Heading.DECISION: Words("Waiting for a decision", "Somebody has to decide or to look."),
    Heading.UNREAD: Words("Messages to read", "A consumer wrote, and nobody has read it yet."),
    Heading.TO_POST: Words("Letters to post", "Print them, post them, and enter the day."),
    Heading.PROVIDER_SILENT: Words("Silent providers", "A service provider has not answered."),
}


@dataclass(frozen=True)
class Places:
    """Where the links of a digest lead; ``{request_id}`` and ``{workflow_id}`` are filled in."""

    case: str
    workflow: str
    lists: Sequence[tuple[str, str]]
    """Names and addresses of the team's lists, in the Web UI and on the pages."""


def render_digest(digest: Digest, places: Places, policy: Policy) -> RenderedLetter:
    """Write the mail. Raises ``ValueError`` when a link is not an http(s) address."""
    template = sentences().get_template(TEMPLATE)
    addresses({"case": places.case, "workflow": places.workflow, **dict(places.lists)})
    context = template.new_context(
        {
            "digest": digest,
            "words": WORDS,
            "most": MOST,
            "case": lambda n: link(places.case.format(request_id=n), n),
            "workflow": lambda n: link(
                places.workflow.format(workflow_id=n), "open it in the Web UI"
            ),
            "lists": places.lists,
            "anchor": link,
        }
    )
    said = {name: "".join(block(context)).strip() for name, block in template.blocks.items()}
    subject = said.pop("subject")
    body = [block for text in said.values() for block in blocks(text)]
    return RenderedLetter(
        subject=f"{digest.day}: {subject}",
        text=_text(subject, body, digest, policy),
        html=_html(subject, body, digest, policy),
        template_version="",
    )


def _text(subject: str, body: Sequence[Block], digest: Digest, policy: Policy) -> str:
    title = [policy.business.name, "", subject, "=" * min(len(subject), WIDTH)]
    return "\n".join([*title, "", f"Date: {digest.day}", "", text_of(body), ""])


def _html(subject: str, body: Sequence[Block], digest: Digest, policy: Policy) -> str:
    return (
        pages()
        .get_template(LAYOUT)
        .render(
            language="en",
            subject=subject,
            business=policy.business,
            head=[("Date", str(digest.day))],
            body=body,
        )
    )
