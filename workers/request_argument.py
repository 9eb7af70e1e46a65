"""The request that a command is about, as somebody types it."""

from typing import Any

import typer

from domain.ids import is_request_id


def request_argument(about: str = "A request id such as PR-4106-105S.") -> Any:
    """Return the argument REQUEST, whose help is ``about``; a slip of the keyboard is refused."""
    return typer.Argument(parser=read_request_id, metavar="REQUEST", help=about)


def read_request_id(typed: str) -> str:
    """Return a request id in its one spelling.

    Raises:
        typer.BadParameter: its last character, which is there for that, shows that it is none.
    """
    request = typed.strip().upper()
    if not is_request_id(request):
        raise typer.BadParameter(
            "that is no request id; it looks like PR-4106-105S. Compare it with the letter or list."
        )
    return request
