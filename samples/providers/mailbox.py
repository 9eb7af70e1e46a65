"""Postbird: a service provider with a mailbox. ``python -m samples.providers.mailbox``

Reads the letters of its address in the mail sink, opens the link that leads to the business, and
presses buttons on the page, as a person would: first ``received``, later how it ended. A letter is
opened by following links; only a pressed button (a POST of the page's form) acknowledges.

Environment (all optional):
    SAMPLE_MAILBOX_ADDRESS         privacy@postbird.example
    SAMPLE_MAILBOX_SINK_URL        http://127.0.0.1:8025  (JSON: /messages?to=ADDRESS&unread=true,
                                   /messages/ID, and PUT /messages/ID/read when it is answered)
    SAMPLE_MAILBOX_PUBLIC_URL      address of the business's pages; only links that begin so are
                                   opened. Empty: every link
    SAMPLE_MAILBOX_BEHAVIOUR       prompt (received, then done) | silent (reads nothing) | slow (ten
                                   times later) | refuse | partly | not_found | careless (follows
                                   every link and presses nothing)
    SAMPLE_MAILBOX_POLL_SECONDS    1
    SAMPLE_MAILBOX_RECEIVED_AFTER  seconds until ``received`` is pressed: 0.5
    SAMPLE_MAILBOX_DONE_AFTER      seconds from there to the final button: 1.5
"""

import asyncio
import logging
import os
import re
import signal
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

log = logging.getLogger("postbird")

_FINAL = {
    "prompt": "done",
    "slow": "done",
    "refuse": "refused",
    "partly": "partly",
    "not_found": "not_found",
}
BEHAVIOURS = frozenset(_FINAL) | {"silent", "careless"}
_SLOWNESS = 10
_HANDS = 4
_TRIES = 4
_LINK = re.compile(r"https?://[^\s<>\"')\]]+")


@dataclass(frozen=True)
class Settings:
    """How this mailbox's reader behaves."""

    address: str = "privacy@postbird.example"
    sink_url: str = "http://127.0.0.1:8025"
    public_url: str = ""
    behaviour: str = "prompt"
    poll_seconds: float = 1.0
    received_after: float = 0.5
    done_after: float = 1.5

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read the variables above; an unknown behaviour ends the process."""
        read = os.environ.get
        behaviour = read("SAMPLE_MAILBOX_BEHAVIOUR", cls.behaviour)
        if behaviour not in BEHAVIOURS:
            known = ", ".join(sorted(BEHAVIOURS))
            raise SystemExit(f"SAMPLE_MAILBOX_BEHAVIOUR must be one of: {known}")
        return cls(
            address=read("SAMPLE_MAILBOX_ADDRESS", cls.address),
            sink_url=read("SAMPLE_MAILBOX_SINK_URL", cls.sink_url).rstrip("/"),
            public_url=read("SAMPLE_MAILBOX_PUBLIC_URL", cls.public_url),
            behaviour=behaviour,
            poll_seconds=float(read("SAMPLE_MAILBOX_POLL_SECONDS", cls.poll_seconds)),
            received_after=float(read("SAMPLE_MAILBOX_RECEIVED_AFTER", cls.received_after)),
            done_after=float(read("SAMPLE_MAILBOX_DONE_AFTER", cls.done_after)),
        )


@dataclass
class Form:
    """One form of a page: where it posts, what it carries, what can be chosen and pressed."""

    action: str
    method: str
    carried: dict[str, str] = field(default_factory=dict)
    choices: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """The forms of an HTML page, read as a browser without scripts would."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect forms, hidden and text fields, radio buttons, options and buttons."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif self.forms:
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        form, name, value = self.forms[-1], given.get("name", ""), given.get("value", "")
        kind = given.get("type", "submit" if tag == "button" else "text")
        if tag == "select":
            self._select = name
        elif tag == "option":
            form.choices.append((self._select, value))
            form.carried[self._select] = form.carried.get(self._select) or value
        elif kind in {"radio", "submit"}:
            form.choices.append((name, value))
        elif tag == "input" and name and kind != "checkbox":
            form.carried[name] = value

    def answer(self, standing: str) -> tuple[Form, dict[str, str]] | None:
        """Return the form to post and its fields for ``standing``, if the page offers it."""
        posts = [form for form in self.forms if form.method == "post"]
        for form in posts:
            wanted = {name: value for name, value in form.choices if value == standing and name}
            if wanted:
                return form, {**form.carried, **wanted}
        return None


class Postbird:
    """The person at the mailbox."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._begun: set[str] = set()
        self._work: set[asyncio.Task[None]] = set()
        self._hands = asyncio.Semaphore(_HANDS)
        self._client = httpx.AsyncClient(timeout=10, trust_env=False, follow_redirects=True)

    async def watch(self) -> None:
        """Poll the mailbox for ever; a sink that is away is asked again."""
        try:
            while True:
                await self.look()
                await asyncio.sleep(self._settings.poll_seconds)
        finally:
            for task in self._work:
                task.cancel()
            await self._client.aclose()

    async def look(self) -> None:
        """Read what is new in the mailbox and begin to answer it."""
        if self._settings.behaviour == "silent":
            return
        try:
            for message_id in await self._unread():
                self._begin(message_id, await self._letter(message_id))
        except httpx.HTTPError as error:
            log.warning("mail sink out of reach (%s)", type(error).__name__)

    async def _unread(self) -> list[str]:
        url = f"{self._settings.sink_url}/messages"
        wanted = {"to": self._settings.address, "unread": "true"}
        reply = await self._client.get(url, params=wanted)
        reply.raise_for_status()
        found = [str(message["id"]) for message in reply.json()]
        return [one for one in found if one not in self._begun]

    async def _letter(self, message_id: str) -> str:
        reply = await self._client.get(f"{self._settings.sink_url}/messages/{message_id}")
        reply.raise_for_status()
        return str(reply.json().get("text") or "")

    def _begin(self, message_id: str, letter: str) -> None:
        links = (link.rstrip(".,;") for link in _LINK.findall(letter))
        ours = [link for link in dict.fromkeys(links) if link.startswith(self._settings.public_url)]
        self._begun.add(message_id)
        task = asyncio.create_task(self._deal_with(message_id, ours))
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _deal_with(self, message_id: str, links: list[str]) -> None:
        """Answer a letter and mark it read; one whose page is out of reach is read again."""
        try:
            await asyncio.gather(*(self._answer(link) for link in links))
            await self._client.put(f"{self._settings.sink_url}/messages/{message_id}/read")
        except httpx.HTTPError:
            self._begun.discard(message_id)

    async def _answer(self, link: str) -> None:
        settings = self._settings
        pace = _SLOWNESS if settings.behaviour == "slow" else 1
        await asyncio.sleep(settings.received_after * pace)
        if settings.behaviour == "careless":
            await self._client.get(link)
            return
        if await self._press(link, "received"):
            await asyncio.sleep(settings.done_after * pace)
        await self._press(link, _FINAL[settings.behaviour])

    async def _press(self, link: str, standing: str) -> bool:
        """Press a button; tell whether the page took it. Raises HTTPError: out of reach."""
        for attempt in range(_TRIES):
            try:
                async with self._hands:
                    return await self._pressed(link, standing)
            except httpx.HTTPError as error:
                log.warning("page out of reach (%s)", type(error).__name__)
                await asyncio.sleep(0.5 * 2**attempt)
        async with self._hands:
            return await self._pressed(link, standing)

    async def _pressed(self, link: str, standing: str) -> bool:
        page = _settled(await self._client.get(link))
        answer = Page(page.text).answer(standing) if page.is_success else None
        if answer is None:
            return False
        form, fields = answer
        url = urljoin(str(page.url), form.action)
        reply = _settled(await self._client.post(url, data=fields))
        log.info("pressed %s: %s", standing, reply.status_code)
        return reply.is_success


def _settled(reply: httpx.Response) -> httpx.Response:
    """Return a reply that another try would not change; raises HTTPStatusError otherwise."""
    if reply.status_code == httpx.codes.TOO_MANY_REQUESTS or reply.is_server_error:
        reply.raise_for_status()
    return reply


async def run(settings: Settings) -> None:
    """Watch the mailbox until SIGINT or SIGTERM."""
    watching = asyncio.ensure_future(Postbird(settings).watch())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, watching.cancel)
    log.info("watching the mailbox")
    try:
        await watching
    except asyncio.CancelledError:
        log.info("stopped")


def main() -> None:
    """Read mail as Postbird."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    asyncio.run(run(Settings.from_environment()))


if __name__ == "__main__":
    main()
