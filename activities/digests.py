"""Mailing the team each morning what waits: one mail a day, under one Message-ID."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import asyncpg
import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import mail
from activities.letters import Post
from domain import policies
from domain.digest import day_of_digest
from letters.digest import Places, render_digest
from records import waiting_work
from workflows import upkeep

log = structlog.get_logger("activities.digests")


@dataclass(frozen=True)
class Digests:
    """Sends the digest from one installation."""

    pool: asyncpg.Pool
    post: Post
    places: Places
    mail_domain: str

    @activity.defn(name=upkeep.DIGEST_DUE.name)
    async def digest_due(self, asked: upkeep.Today) -> upkeep.DigestDue:
        """Name the day, if it is a working day of the policy in force (HOL-01)."""
        return upkeep.DigestDue(day=day_of_digest(asked.now, policies.in_force_at(asked.now)))

    @activity.defn(name=upkeep.SEND_DIGEST.name)
    async def send_digest(self, asked: upkeep.Today) -> upkeep.DigestSent:
        """Mail what waits; no mail goes out where nothing does.

        Raises:
            ApplicationError: the mail server has not taken it; tried again, unless it refuses it.
        """
        policy = policies.in_force_at(asked.now)
        async with self.pool.acquire() as conn:
            digest = await waiting_work.digest(conn, policy, asked.now)
        if not digest.requests:
            return upkeep.DigestSent(day=digest.day)
        message = mail.compose(
            render_digest(digest, self.places, policy),
            sender=self.post.sender,
            recipient=self.post.staff,
            message_id=message_id(digest.day, self.mail_domain),
            written_at=datetime.now(UTC),
        )
        word = await mail.hand_over(self.post.server, self.post.password, message.as_bytes())
        if word.result != "accepted":
            raise _not_taken(word)
        log.info("digest_sent", count=digest.requests)
        return upkeep.DigestSent(day=digest.day, requests=digest.requests)


def message_id(day: date, domain: str) -> str:
    """Return the digest's Message-ID: the same for the same day, however often it is sent."""
    return f"<digest.{day}@{domain}>"


def _not_taken(word: mail.Word) -> ApplicationError:
    return ApplicationError(
        f"The mail server has {word.result} the digest. Check PRIVACY_STAFF_MAIL and the server.",
        type=f"digest_{word.result}",
        non_retryable=word.result == "refused",
    )
