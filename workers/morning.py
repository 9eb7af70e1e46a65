"""What the team's digest is built from: the mail server, and the lists that its links lead to."""

import asyncpg

from activities.digests import Digests
from activities.letters import CASES_PAGE
from letters.digest import Places
from workers import parts
from workers.cli_views import team_views
from workers.settings import Settings


def digests(settings: Settings, pool: asyncpg.Pool) -> Digests:
    """Return the steps that send the digest."""
    return Digests(pool, parts.post(settings), _places(settings), parts.mail_domain(settings))


def _places(settings: Settings) -> Places:
    cases = f"{parts.public_url(settings)}/{CASES_PAGE}"
    ui, namespace = str(settings.temporal_ui_url).rstrip("/"), settings.temporal_namespace
    by_work = [view for view in team_views() if not view.name.startswith("Type ")]
    return Places(
        case=f"{cases}/{{request_id}}",
        workflow=parts.workflow_url(settings),
        lists=[
            ("All open requests, with the days left", cases),
            *((f"{view.name}, in the Web UI", view.link(ui, namespace)) for view in by_work),
        ],
    )
