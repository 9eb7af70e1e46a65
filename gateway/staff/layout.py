"""The staff's pages: one frame around all of them, in English as the Temporal Web UI is."""

from collections.abc import Callable, Mapping
from datetime import datetime

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from domain import policies
from gateway.pages import ROOM
from gateway.parts import GatewayParts, GatewaySettings
from gateway.same_origin import REFERRER_POLICY
from gateway.staff.principal import StaffMember

Filter = Callable[..., object]


class StaffPages:
    """Renders the staff's pages; templates extend ``staff/layout.html``."""

    def __init__(self, parts: GatewayParts, filters: Mapping[str, Filter] | None = None) -> None:
        self._parts = parts
        self._environment = Environment(
            loader=FileSystemLoader(ROOM / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= filters or {}

    def render(
        self,
        request: Request,
        template: str,
        member: StaffMember | None,
        values: Mapping[str, object],
        status: int = 200,
    ) -> HTMLResponse:
        """Return a page as HTML; without ``member`` it has no navigation and no sign-out."""
        settings = self._parts.settings
        html = self._environment.get_template(template).render(
            {
                "member": member,
                "path": request.url.path,
                "business": _business(self._parts.now()),
                "ui_workflows_url": settings.ui_workflows_url,
                "development": settings.development,
                **values,
            }
        )
        return HTMLResponse(html, status, {"Content-Language": "en", **REFERRER_POLICY})


def workflow_url(settings: GatewaySettings, request_id: str) -> str:
    """Return the address of a request's workflow in the Temporal Web UI."""
    return f"{settings.ui_workflows_url}/{request_id}"


def _business(now: datetime) -> str:
    try:
        return policies.in_force_at(now).business.name
    except (policies.NoPolicyInForce, policies.PolicyNotLoaded):
        return ""
