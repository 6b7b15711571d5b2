"""An engine that stands still when the test wants it to: some of its calls wait at a gate."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from driftline.collector import Collector


class Gate:
    """Open at first."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._open.set()
        self._failure: Exception | None = None

    @contextmanager
    def shut(self) -> Iterator[None]:
        """Shut it; it opens at the end."""
        self._open.clear()
        try:
            yield
        finally:
            self.open()

    def open(self) -> None:
        """Let all through."""
        self._open.set()

    def fail(self, failure: Exception) -> None:
        """Let nobody through from now on."""
        self._failure = failure
        self._open.set()

    def guarded(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            assert self._open.wait(600)
            if self._failure is not None:
                raise self._failure
            return method(*arguments)

        return call


class _Behind:
    """Something of the core, some of whose methods are behind the gate, or what these give."""

    def __init__(self, core: Any, gate: Gate, guarded: frozenset[str]) -> None:
        self._core, self._gate, self._guarded = core, gate, guarded

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._core, name)
        if name == "session" or (name in _ANSWERING and "wait" in self._guarded):
            return lambda *arguments: self._behind(found(*arguments))
        return self._gate.guarded(found) if name in self._guarded else found

    def _behind(self, core: Any) -> Any:
        return None if core is None else _Behind(core, self._gate, self._guarded)


_ANSWERING = frozenset({"ingest", "ingest_arrow", "acknowledge"})

TAKING_RECORDS = frozenset({"ingest", "ingest_arrow", "ingest_batch"})
WAITING_FOR_THE_DISK = frozenset({"wait"})


def put_behind_gate(monkeypatch: pytest.MonkeyPatch, guarded: frozenset[str] = TAKING_RECORDS) -> Gate:
    """From now on collectors of this process have such an engine."""
    gate = Gate()
    make = Collector._new_engine

    def new_engine(collector: Collector) -> Any:
        return _Behind(make(collector), gate, guarded)

    monkeypatch.setattr(Collector, "_new_engine", new_engine)
    return gate
