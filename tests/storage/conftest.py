"""Stores to begin with."""

import os
from pathlib import Path

import pytest
from tests.storage.rows import WRITER, numbers

from driftline.storage import ProfileStore
from driftline.storage.durable import make_directory
from driftline.storage.manifest import flush_name
from driftline.storage.tables import write_table


@pytest.fixture
def without_syncing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for the disk."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    return ProfileStore(tmp_path / "data")


@pytest.fixture
def older(tmp_path: Path) -> ProfileStore:
    """A directory from before there were manifests, with two flushes and what waited at each."""
    store = ProfileStore(tmp_path / "older")
    for folder in ("profiles", "pending"):
        make_directory(store.path / folder)
        for sequence in (1, 2):
            write_table(store.path / folder / flush_name(WRITER, sequence), numbers(sequence))
    return store
