"""Runs a command so that it ends with its parent: `leash.py PARENT SIGNAL USER GROUP COMMAND…`.

The supervisor starts every child through this file instead of a `preexec_fn`, which is unsafe
beside threads. USER and GROUP are numbers, or `-` to keep the caller's. It imports the standard
library only, so that the interpreter can run it isolated and quickly.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Drop to the given user, tie the process to its parent's life, become the command."""
    parent, signal_number, user, group, *command = arguments
    if user != "-":
        os.setgroups([])
        os.setgid(int(group))
        os.setuid(int(user))
    # A change of user clears the death signal, so it is set only now.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0)
    if os.getppid() != int(parent):
        raise SystemExit("The supervisor ended before its child could start.")
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
