"""Mails to the team that are about no request: short, plain, with the command that helps."""

from collections.abc import Awaitable, Callable
from email.message import EmailMessage

from activities import mail
from activities.letters import Post
from records.webhooks import Webhook


class NoteNotTaken(Exception):
    """The mail server has not taken a note to the team; it is to be tried again."""


async def send_note(post: Post, subject: str, text: str, *, counsels: bool = False) -> None:
    """Mail the team, and counsel as well where it is ``counsels``.

    Raises:
        NoteNotTaken: the mail server did not take it.
    """
    note = EmailMessage(policy=mail.WIRE)
    note["From"], note["To"] = post.sender, post.desk(counsels=counsels)
    note["Subject"] = subject
    note["Auto-Submitted"] = "auto-generated"
    note.set_content(text)
    word = await mail.hand_over(post.server, post.password, note.as_bytes())
    if word.result != "accepted":
        raise NoteNotTaken(word.result)


def gone_notes(post: Post) -> Callable[[Webhook], Awaitable[None]]:
    """Return what tells the team that a receiver of status changes wants no more of them."""

    async def tell(webhook: Webhook) -> None:
        await send_note(
            post,
            f"A webhook was switched off: {webhook.webhook_id}",
            f"The address of {webhook.client} answered 410 Gone; it is told nothing any more.\n\n"
            f"Ask whoever runs {webhook.client} whether that is meant. Statuses can be asked for\n"
            "meanwhile. To tell a new address, or the same again:\n\n"
            f"privacy webhook add ADDRESS --client {webhook.client}\n",
        )

    return tell
