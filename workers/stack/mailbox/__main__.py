"""Runs the mailbox: `python -m workers.stack.mailbox FOLDER SMTP_PORT HTTP_PORT`."""

import asyncio
import sys
from pathlib import Path

import uvicorn

from workers.processes import run_process
from workers.stack.mailbox.faults import Faults
from workers.stack.mailbox.pages import Pages
from workers.stack.mailbox.smtp import listen
from workers.stack.mailbox.store import MessageStore
from workers.stack.ports import LOOPBACK
from workers.web_server import WebServer


async def serve(folder: Path, smtp_port: int, http_port: int, stop: asyncio.Event) -> None:
    """Take mail and show it until `stop` is set."""
    store, faults = MessageStore(folder), Faults()
    smtp = await listen(store, faults, LOOPBACK, smtp_port)
    app = Pages(store, faults).app()
    pages = WebServer(
        uvicorn.Config(app, host=LOOPBACK, port=http_port, log_level="warning", access_log=False)
    )
    serving = asyncio.create_task(pages.serve())
    await asyncio.wait({serving, asyncio.ensure_future(stop.wait())}, return_when="FIRST_COMPLETED")
    pages.should_exit = True
    smtp.close()
    await serving


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    folder, smtp_port, http_port = sys.argv[1:]
    run_process(lambda stop: serve(Path(folder), int(smtp_port), int(http_port), stop))


if __name__ == "__main__":
    main()
