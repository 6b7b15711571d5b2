"""An engine that stands still when the test wants it to: calls that take records wait at a gate."""

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

    @contextmanager
    def shut(self) -> Iterator[None]:
        """Shut it; it opens at the end."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    def guarded(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            assert self._open.wait(600)
            return method(*arguments)

        return call


class _Behind:
    """Something of the core, some of whose methods are behind the gate."""

    def __init__(self, core: Any, gate: Gate, guarded: frozenset[str]) -> None:
        self._core, self._gate, self._guarded = core, gate, guarded

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._core, name)
        if name == "session":
            return lambda *arguments: _Behind(
                found(*arguments), self._gate, frozenset({"ingest", "ingest_arrow"})
            )
        return self._gate.guarded(found) if name in self._guarded else found


def put_behind_gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """From now on collectors of this process have such an engine, without a data directory."""
    gate = Gate()
    make = Collector._new_engine

    def new_engine(collector: Collector) -> Any:
        return _Behind(make(collector), gate, frozenset({"ingest_batch"}))

    monkeypatch.setattr(Collector, "_new_engine", new_engine)
    return gate
