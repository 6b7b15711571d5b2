"""A file layer that fails or is killed at the n-th step that changes the disk."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple
from unittest import mock

Kind = Literal["fails", "fails afterwards", "killed", "killed afterwards"]
KINDS: tuple[Kind, ...] = ("fails", "fails afterwards", "killed", "killed afterwards")


class Killed(BaseException):
    """The process is gone: from here on it changes nothing."""


class Fault(NamedTuple):
    """What goes wrong: at which step, counted from 0, and how."""

    step: int
    kind: Kind


@contextmanager
def faulty(fault: Fault | None) -> Iterator[list[str]]:
    """
    Let one step go wrong; ``None``: none does.

    Yields
    ------
    list of str
        The steps taken, by name.
    """
    steps: list[str] = []
    dead = False

    def wrapped(name: str, true: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **keywords: Any) -> Any:
            nonlocal dead
            if dead:
                raise Killed
            is_due = fault is not None and fault.step == len(steps)
            steps.append(name)
            if not is_due:
                return true(*arguments, **keywords)
            assert fault is not None
            if fault.kind.endswith("afterwards"):
                result = true(*arguments, **keywords)
                if name == "open":
                    os.close(result)
            dead = fault.kind.startswith("killed")
            raise Killed if dead else OSError(28, "No space left on device")

        return call

    with (
        mock.patch.object(os, "open", wrapped("open", os.open)),
        mock.patch.object(os, "fsync", wrapped("fsync", os.fsync)),
        mock.patch.object(Path, "replace", wrapped("replace", Path.replace)),
        mock.patch.object(Path, "unlink", wrapped("unlink", Path.unlink)),
    ):
        yield steps


def every_fault(work: Callable[[], object], prepare: Callable[[], object]) -> list[Fault]:
    """All faults that can happen to some work, found by doing it once."""
    prepare()
    with faulty(None) as steps:
        work()
    assert steps
    return [Fault(step, kind) for step in range(len(steps)) for kind in KINDS]
