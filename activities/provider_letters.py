"""Letters to providers: by mail to their mailbox, by post through the privacy team's."""

from email.message import EmailMessage

from activities.provider_facts import ProviderFacts
from letters.addressee import Addressee
from letters.render import RenderedLetter
from providers.channels import MailChannel, ManualChannel
from providers.registry import Provider, Registry
from records import outbox
from records.connection import Connection


class NotByLetter(LookupError):
    """The registry no longer has the provider, or it is written to in another way by now."""


class ProviderLetters:
    """Knows whom a provider's letter goes to, and what finds the person there."""

    def __init__(self, registry: Registry, facts: ProviderFacts) -> None:
        self._registry = registry
        self._facts = facts

    def provider(self, letter: outbox.Letter) -> Provider:
        """Return the provider that a letter is about.

        Raises:
            NotByLetter: nobody by that name gets letters.
        """
        provider = self._registry.get(letter.stream.removeprefix(letter.request_id + "."))
        if provider is None or not isinstance(provider.channel, MailChannel | ManualChannel):
            raise NotByLetter(f"{letter.stream} is of no provider that gets letters")
        return provider

    async def addressee(
        self, conn: Connection, letter: outbox.Letter, links: dict[str, str]
    ) -> Addressee:
        """Return a letter's reader at the provider."""
        provider = self.provider(letter)
        return Addressee(
            name=provider.name,
            links=links,
            locators=await self._facts.locators(conn, letter.request_id, provider),
            corrections=await self._facts.corrections(conn, letter.request_id),
        )


def to_print(
    message: EmailMessage, letter: RenderedLetter, provider: Provider, workflow_url: str
) -> None:
    """Make a mail to staff of a letter that goes by post: what to do, and the letter beside it."""
    channel = provider.channel
    address = channel.postal_address if isinstance(channel, ManualChannel) else ""
    del message["Subject"]
    message["Subject"] = f"To print and post: {letter.subject}"
    message.clear_content()
    message.set_content(
        "Print the attached letter and post it to:\n\n"
        f"{provider.name}\n{address or '(no postal address is in the provider registry)'}\n\n"
        "Then send record_posted on the provider's own workflow:\n"
        f"{workflow_url}\n\n"
        "When its answer has come, send record_provider_answer there.\n"
    )
    message.add_attachment(letter.html, subtype="html", filename="letter.html")
    message.add_attachment(letter.text, subtype="plain", filename="letter.txt")
