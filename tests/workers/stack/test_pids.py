"""What a stack remembers of its processes, and what it ends at the next start."""

from pathlib import Path

import pytest

from workers.stack.errors import StackError
from workers.stack.pids import PidBook, StackLock, Started
from workers.stack.ports import PortBook, free_port
from workers.stack.process import ChildProcess


def sleeper(folder: Path) -> ChildProcess:
    """Start a process that would stay."""
    child = ChildProcess("sleeper", ["/bin/sleep", "60"], log=folder / "log")
    child.start()
    return child


def test_a_leftover_is_ended(tmp_path: Path) -> None:
    """A process of the same id and start time is ended at the next start."""
    child = sleeper(tmp_path)
    PidBook(tmp_path / "pids.json").note("sleeper", child.pid)
    assert PidBook(tmp_path / "pids.json").end_leftovers() == ["sleeper"]
    assert child.exit_code is not None


def test_a_stranger_with_the_same_id_is_left_alone(tmp_path: Path) -> None:
    """Another start time means another process: the id was given away again."""
    child = sleeper(tmp_path)
    before = Started(pid=child.pid, started_at=child.started_at - 3600)
    (tmp_path / "pids.json").write_text(f'{{"sleeper": {before.model_dump_json()}}}')
    assert PidBook(tmp_path / "pids.json").end_leftovers() == []
    assert child.running
    child.kill()


def test_an_unreadable_book_counts_as_empty(tmp_path: Path) -> None:
    """A half-written file ends nothing and stops nobody."""
    (tmp_path / "pids.json").write_text('{"sleeper": {"pid"')
    assert PidBook(tmp_path / "pids.json").end_leftovers() == []


def test_the_lock_is_free_again_after_its_holder(tmp_path: Path) -> None:
    """One holder at a time."""
    first, second = StackLock(tmp_path / "lock"), StackLock(tmp_path / "lock")
    first.take()
    with pytest.raises(StackError, match="privacy down"):
        second.take()
    first.release()
    second.take()
    second.release()


def test_ports_are_remembered(tmp_path: Path) -> None:
    """The next book gives the same port, and never one port to two parts."""
    wanted = free_port()
    first = PortBook(tmp_path / "ports.json")
    assert first.choose("web_ui", wanted) == wanted
    assert first.choose("gateway", wanted) != wanted
    assert PortBook(tmp_path / "ports.json").choose("web_ui", 1) == wanted
