"""The ways by which requests come in, each tried under one number until it is through."""

from email.message import EmailMessage

import asyncpg
import httpx

from records import identities
from records.earlier import earlier_requests
from tests.chaos import business
from tests.chaos.stories import Plan, Way
from tests.e2e.case import Case
from tests.e2e.helpers import Helpers
from tests.e2e.mailing import send, write
from tests.e2e.office import Office, submission
from workers import parts

RIGHTS = {"delete": "deletion", "opt_out_sale_sharing": "sale:opt-out"}
"""What agents' software calls a right."""


class NotIn(Exception):
    """What was sent has not become a request yet."""


class Doors:
    """Files by web form, by mail and by an agent's software; writes to requests, revokes them."""

    def __init__(self, office: Office, helpers: Helpers, mail_port: int) -> None:
        self._office = office
        self._helpers = helpers
        self._mail_port = mail_port
        self._people = parts.keyring(office.settings, "suppression_keys")
        self._taken: set[str] = set()

    async def file(self, plan: Plan) -> Case:
        """File a request once; to be repeated when it fails. Raises whatever its door does."""
        ways = {Way.FORM: self._by_form, Way.MAIL: self._by_mail, Way.AGENT: self._by_agent}
        return await ways[plan.story.way](plan)

    async def write(self, plan: Plan, nth: int, **headers: str) -> None:
        """Have a consumer's mail server deliver one mail, unless the door took it before."""
        words = plan.story.words[nth]
        named = f"<{plan.key}.{nth}@consumers.example>"
        message = write(plan.customer, words, Message_ID=named, **headers)
        if plan.story.attaches and nth:
            message.add_attachment(business.ATTACHED, maintype="image", subtype="png")
        if named not in self._taken:
            await self.mail(message, plan.customer.email)
            self._taken.add(named)

    async def mail(self, message: EmailMessage, sender: str = "") -> None:
        """Hand a mail to the company's door."""
        await send(self._office, message, sender, self._mail_port)

    async def take_back(self, case: Case) -> None:
        """Revoke a request by the agent's software."""
        query = "SELECT drp_id FROM privacy.agent_request WHERE request_id = $1"
        ((drp_id,),) = await case.query(query, case.request_id)
        answer = await self._helpers.agent.revoke(str(drp_id), "changed their mind")
        if answer.status_code != httpx.codes.OK:
            raise NotIn(f"the revocation was answered {answer.status_code}")

    async def _by_form(self, plan: Plan) -> Case:
        asked = submission(plan.customer) | plan.wish
        filed = await self._office.people.file(asked, key=plan.key)
        return self._office.case(filed["request_id"], plan.customer, filed)

    async def _by_mail(self, plan: Plan) -> Case:
        await self.write(plan, 0)
        for request_id in await self._filed_by(plan.customer.email):
            return self._office.case(request_id, plan.customer, {})
        raise NotIn("the mail is not a request yet")

    async def _by_agent(self, plan: Plan) -> Case:
        right = RIGHTS[plan.story.request_type]
        _, case = await self._helpers.file(right, plan.customer, plan.key)
        return case

    async def _filed_by(self, address: str) -> list[str]:
        connection = await asyncpg.connect(self._office.settings.secret("dsn"))
        try:
            who = identities.email(address)
            found = await earlier_requests(connection, self._people, who)
        finally:
            await connection.close()
        return [each.request_id for each in found]
