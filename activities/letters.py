"""Sending the letters of a stream: each rendered once, under one Message-ID for ever."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
import structlog
from temporalio import activity

from activities import mail
from activities.dossier import Dossier
from activities.letter_orders import links_kind
from activities.provider_facts import ProviderFacts
from activities.provider_letters import ProviderLetters, to_print
from activities.step_time import StepTime
from domain import policies
from domain.ids import request_of
from domain.links import LinkPurpose
from domain.notice_words import Reader, Situation
from domain.notices import FACTS
from domain.policy import PolicyPin
from domain.submission import Agent, Consumer, NobodyNamed, Submission
from domain.vocabulary import Language, NoticeKind
from letters.addressee import Addressee
from letters.paper import PostalReader, print_letter
from letters.phrasebook import Unworded
from letters.render import MissingItems, render
from providers.registry import MailChannel, Registry
from records import freezing, inbox, outbox, tokens
from records.connection import Connection
from records.vault import NotInVault, Vault
from workflows import exchange as x
from workflows import steps

UNWRITABLE = (MissingItems, Unworded, NobodyNamed, ValueError, TypeError, LookupError)
"""What a template, its facts or the policy lack, or a reader: staff are told and mend it."""

NOT_WRITTEN = "unwritten"
"""Reply code of a letter that no mail server has seen."""

log = structlog.get_logger("activities.letters")

PAGES = {LinkPurpose.ACKNOWLEDGE: "p", LinkPurpose.PACKAGE: "d"}
"""The gateway's page behind a link of a letter; every other link opens a consumer's page."""

CONSUMERS_PAGE = "r"

CASES_PAGE = "staff/requests"
"""The gateway's pages on which staff see a request."""

CODE_PAGE = "c"
"""The gateway's page where a code is typed that was printed in place of a link."""

FOR_COUNSEL = frozenset({Situation.MISDELIVERY, Situation.MISDELIVERY_AFTER_CLOSE})
"""What is a task for counsel beside the team."""

NO_MAIL = "by-post:;"
"""Recipient of a letter on paper: the empty group of addresses, to which nothing can be mailed."""


@dataclass(frozen=True)
class Post:
    """Addresses of one installation."""

    server: mail.MailServer
    password: str | None
    sender: str
    staff: str
    public_url: str
    workflow_url: str
    """Where the Web UI shows a workflow, with ``{workflow_id}`` in it."""
    counsel: str = ""
    """Where tasks for counsel go beside the team's address; empty, and they go there alone."""

    def desk_of(self, letter: outbox.Letter) -> str:
        """Return where a mail to staff goes."""
        return self.desk(counsels=letter.facts.get("situation") in FOR_COUNSEL)

    def desk(self, *, counsels: bool) -> str:
        """Return the team's address, behind counsel's where it is counsel's task as well."""
        return f"{self.counsel}, {self.staff}" if self.counsel and counsels else self.staff


class Letters:
    """Renders, keeps and hands over letters."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        vault: Vault,
        dossier: Dossier,
        registry: Registry,
        post: Post,
        wording: Callable[[Language], Mapping[str, str]] = lambda language: {},
    ) -> None:
        """``wording`` says what people call the collections of the data map, by language."""
        self._pool = pool
        self._vault = vault
        self._dossier = dossier
        self._providers = ProviderLetters(registry, ProviderFacts(dossier))
        self._post = post
        self._wording = wording

    @activity.defn(name=steps.DISPATCH_LETTERS.name)
    async def dispatch_letters(self, asked: x.DispatchLetters) -> x.DispatchResult:
        """Hand over what is unsent and return the mail server's word on each letter asked for.

        There is none on one that was withdrawn since: whoever withdrew it waits for no word.
        """
        time = StepTime(asked.now)
        words = []
        async with self._pool.acquire() as conn:
            for n in asked.letters:
                async with outbox.claim(conn, asked.stream, n) as letter:
                    if letter is not None and not await _is_held(conn, letter):
                        await self._send(conn, letter, asked.policy, time)
                settled = await outbox.find(conn, asked.stream, n)
                if settled is not None and settled.status is not outbox.LetterStatus.WITHDRAWN:
                    words.append(_word(settled, time.now()))
        return x.DispatchResult(letters=tuple(words))

    async def _send(
        self, conn: Connection, letter: outbox.Letter, policy: PolicyPin, time: StepTime
    ) -> None:
        word = await self._handed_over(conn, letter, policy)
        key = (conn, letter.stream, letter.n)
        if word.result == "queued":
            await outbox.mark_queued(*key)
        elif word.result == "accepted":
            await outbox.mark_accepted(*key, accepted_at=time.now(), server_reply=word.reply)
        elif word.result == "refused":
            await outbox.mark_refused(*key, server_reply=word.reply)
        else:
            code = word.reply.partition(" ")[0] or "out_of_reach"
            log.warning("letter_deferred", stream=letter.stream, n=letter.n, server_code=code)
            await outbox.mark_deferred(*key, server_reply=word.reply)

    async def _handed_over(
        self, conn: Connection, letter: outbox.Letter, policy: PolicyPin
    ) -> mail.Word:
        """Write and hand over one letter; one that cannot be written holds no other letter up.

        A letter on paper is handed to the post desk: it waits there until staff have posted it.
        """
        try:
            message = await self._message(conn, letter, policy)
        except UNWRITABLE as fault:
            log.error("letter_cannot_be_written", stream=letter.stream, n=letter.n, exc_info=fault)
            return mail.Word("refused")
        if letter.channel == "post":
            return mail.Word("queued")
        return await mail.hand_over(self._post.server, self._post.password, message)

    async def _message(self, conn: Connection, letter: outbox.Letter, policy: PolicyPin) -> bytes:
        """Return the letter's mail; every attempt sends the bytes of the first."""
        kept = await outbox.body_of(conn, self._vault, letter)
        return kept or await self._write(conn, letter, policy)

    async def _write(self, conn: Connection, letter: outbox.Letter, pin: PolicyPin) -> bytes:
        submission = await self._dossier.submission(conn, letter.request_id)
        recipient, addressee = await self._addressee(conn, letter, submission)
        facts = FACTS[letter.notice].model_validate(letter.facts)
        rendered = render(letter.notice, facts, addressee, policies.get(pin))
        message = mail.compose(
            rendered,
            sender=self._post.sender,
            recipient=recipient,
            message_id=letter.message_id,
            written_at=datetime.now(UTC),
        )
        if letter.channel == "post":
            pdf = await self._printed(conn, letter, addressee, submission, pin)
            name = f"{letter.stream}-{letter.n}.pdf"
            message.add_attachment(pdf, maintype="application", subtype="pdf", filename=name)
        if letter.audience == "provider" and recipient == self._post.staff:
            provider = self._providers.provider(letter)
            to_print(message, rendered, provider, self._workflow(letter))
        version = rendered.template_version
        return await outbox.keep_body(conn, self._vault, letter, message.as_bytes(), version)

    async def _printed(
        self,
        conn: Connection,
        letter: outbox.Letter,
        addressee: Addressee,
        submission: Submission,
        pin: PolicyPin,
    ) -> bytes:
        """Return the letter's PDF, with codes to type in place of its links (NOT-07)."""
        codes = {
            link: tokens.in_groups(token)
            for link, token in (await self._tokens(conn, letter)).items()
        }
        reader = PostalReader(
            addressee=addressee,
            lines=submission.consumer.postal_address,
            codes=codes,
            code_page=f"{self._post.public_url}/{CODE_PAGE}",
        )
        facts = FACTS[letter.notice].model_validate(letter.facts)
        return print_letter(letter.notice, facts, reader, policies.get(pin))

    async def _addressee(
        self, conn: Connection, letter: outbox.Letter, submission: Submission
    ) -> tuple[str, Addressee]:
        links = self._links(letter, await self._tokens(conn, letter))
        if letter.audience == "staff":
            case = f"{self._post.public_url}/{CASES_PAGE}/{letter.request_id}"
            links = {"workflow": self._workflow(letter), "case": case}
            return self._post.desk_of(letter), Addressee(name="", links=links)
        if letter.audience == "provider":
            channel = self._providers.provider(letter).channel
            mailbox = channel.address if isinstance(channel, MailChannel) else self._post.staff
            provider = await self._providers.addressee(conn, letter, links)
            wording = self._wording(provider.language)
            return mailbox, provider.model_copy(update={"wording": wording})
        reader = _reader(letter, submission)
        addressee = Addressee(
            name=reader.name,
            language=submission.language,
            links=links,
            code=await self._code(conn, letter),
            wording=self._wording(submission.language),
        )
        return NO_MAIL if letter.channel == "post" else str(reader.email), addressee

    async def _code(self, conn: Connection, letter: outbox.Letter) -> str:
        """Return the code that a letter brings, in two groups; none for any other letter."""
        if letter.notice is not NoticeKind.PACKAGE_CODE:
            return ""
        row = letter.facts["inbox"]
        code = (await self._vault.get(conn, letter.request_id, inbox.EVIDENCE, row)).decode()
        return f"{code[: len(code) // 2]} {code[len(code) // 2 :]}"

    def _workflow(self, letter: outbox.Letter) -> str:
        return self._post.workflow_url.format(workflow_id=letter.stream)

    async def _tokens(self, conn: Connection, letter: outbox.Letter) -> dict[str, str]:
        """Return the letter's tokens by what they are for."""
        try:
            kept = await self._vault.get(
                conn, request_of(letter.stream), links_kind(letter.stream), letter.n
            )
        except NotInVault:
            return {}
        plain: dict[str, str] = json.loads(kept)
        return plain

    def _links(self, letter: outbox.Letter, plain: Mapping[str, str]) -> dict[str, str]:
        url = self._post.public_url
        if letter.channel == "post":
            return {link: f"{url}/{CODE_PAGE}/{tokens.in_groups(t)}" for link, t in plain.items()}
        return {
            link: f"{url}/{PAGES.get(LinkPurpose(link), CONSUMERS_PAGE)}/{token}"
            for link, token in plain.items()
        }


def _reader(letter: outbox.Letter, submission: Submission) -> Consumer | Agent:
    """Return who gets the letter: who asked, or for whom somebody else asked (AGT-07)."""
    asked_by = submission.agent or submission.consumer
    return asked_by if letter.facts.get("reader") == Reader.REQUESTER else submission.consumer


async def _is_held(conn: Connection, letter: outbox.Letter) -> bool:
    """Tell whether a freeze keeps a letter in the house; it waits, and staff's own mail goes."""
    return letter.audience != "staff" and await freezing.is_frozen(conn, letter.request_id)


def _word(letter: outbox.Letter, now: datetime) -> x.Dispatched:
    result = letter.status if letter.status != outbox.LetterStatus.WAITING else "deferred"
    return x.Dispatched.model_validate(
        {
            "letter": letter.n,
            "result": result,
            "at": letter.accepted_at or now,
            "reply_code": (letter.server_reply or NOT_WRITTEN).partition(" ")[0],
        }
    )
