"""Forms of the staff's pages: taken from these pages only, for a session may do much."""

from starlette.requests import Request

from gateway.bodies import parse_form, read_form
from gateway.parts import GatewaySettings
from gateway.problems import FOREIGN_FORM, Problem
from gateway.same_origin import require_own_form


async def read_staff_form(request: Request, settings: GatewaySettings) -> dict[str, str]:
    """Return the fields of a form that one of our own pages sent; of a repeated field the last.

    Every browser that gets here says where a form comes from. What does not say it is refused.

    Raises:
        Problem: 403 for another site's form, 400, 408, 413 or 415 for what is no form.
    """
    if not {"sec-fetch-site", "origin"} & set(request.headers):
        raise Problem(FOREIGN_FORM, "Open the page at this address and send the form from there.")
    require_own_form(request, settings)
    return parse_form(await read_form(request, settings))
