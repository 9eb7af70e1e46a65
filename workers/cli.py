"""`privacy`: the command line. Each command's module is imported only when it is asked for."""

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

COMMANDS = {
    "up": "workers.cli_stack",
    "down": "workers.cli_stack",
    "health": "workers.cli_health",
    "doctor": "workers.cli_doctor",
    "incident": "workers.cli_incident",
    "demo": "workers.cli_demo",
    "metrics": "workers.cli_metrics",
    "reapply": "workers.cli_reapply",
    "canary": "workers.cli_canary",
    "views": "workers.cli_views",
    "sign-in": "workers.cli_sign_in",
    "sign-out": "workers.cli_sign_in",
    "plan": "workers.cli_plan",
    "act": "workers.cli_act",
    "approve": "workers.cli_act",
}
"""Single commands: name → module whose `app` has a command of that name."""

GROUPS = {
    "setup": "workers.cli_setup",
    "request": "workers.cli_request",
    "ledger": "workers.cli_ledger",
    "evidence": "workers.cli_evidence",
    "hold": "workers.cli_hold",
    "keys": "workers.cli_keys",
    "api-key": "workers.cli_api_key",
    "webhook": "workers.cli_webhook",
    "rules": "workers.cli_rules",
    "policy": "workers.cli_policy",
    "datamap": "workers.cli_datamap",
    "erasure": "workers.cli_erasure",
    "suppression": "workers.cli_suppression",
    "letters": "workers.cli_letters",
    "post": "workers.cli_post",
    "mail": "workers.cli_mail",
    "inbox": "workers.cli_inbox",
    "providers": "workers.cli_providers",
    "agents": "workers.cli_agents",
    "versions": "workers.cli_versions",
}
"""Groups of commands: name → module whose `app` holds them."""


EMBEDDED = ("up", "down", "demo")
"""Commands of the embedded stack, whose servers come with a developer's environment alone."""


class _Commands(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        """Name every command that this installation has."""
        left_out = () if _has_embedded() else EMBEDDED
        return [name for name in (*COMMANDS, *GROUPS) if name not in left_out]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import the module of a command and return it."""
        if cmd_name not in self.list_commands(ctx):
            return None
        if cmd_name in GROUPS:
            return _group(GROUPS[cmd_name], cmd_name)
        return _group(COMMANDS[cmd_name], cmd_name).get_command(ctx, cmd_name)


def _has_embedded() -> bool:
    try:
        return find_spec("psutil") is not None
    except ValueError:
        return False


def _group(module: str, name: str) -> TyperGroup:
    group = get_group(import_module(module).app)
    group.name = name
    return group


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Consumer privacy requests: run a stack, file requests, ask the rules, check the ledger.",
)


@app.callback()
def root() -> None:
    """Consumer privacy requests: run a stack, file requests, ask the rules, check the ledger."""


def main() -> None:
    """Run one command and end the process with its exit code."""
    code = run(sys.argv[1:])
    if "temporalio" in sys.modules:
        # Only a process that loaded Temporal's core must not end by the interpreter's own exit.
        from workers.processes import leave

        leave(code)
    raise SystemExit(code)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; errors meant for people are printed plainly."""
    from workers.settings import SettingsError
    from workers.stack.errors import StackError

    try:
        app(arguments, prog_name="privacy")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    except (SettingsError, StackError) as problem:
        typer.echo(str(problem), err=True)
        return 1
    except (OSError, UnicodeDecodeError) as fault:
        typer.echo(_of_a_file(fault), err=True)
        return 1
    return 0


def _of_a_file(fault: OSError | UnicodeDecodeError) -> str:
    """Say what is wrong with a file that was named; anything else is no fault of its user's."""
    if isinstance(fault, UnicodeDecodeError):
        return "A file that was named is not text in UTF-8. Name another, or save it anew so."
    if not fault.filename:
        raise fault
    return f"{fault.filename}: {fault.strerror}. Name another file or folder, or mend its rights."
