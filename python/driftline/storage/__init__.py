"""The data directory: snapshot rows in Parquet, baselines, monitors, and what waits for its label."""

from driftline.storage.engine import load_engine, open_engine
from driftline.storage.store import ProfileStore, StoredBaseline

__all__ = ["ProfileStore", "StoredBaseline", "load_engine", "open_engine"]
