"""The data directory: snapshot rows in Parquet, baselines, monitors, and what waits for its label."""

from driftline.storage.answers import Answers
from driftline.storage.compaction import compact
from driftline.storage.engine import load_engine, open_engine
from driftline.storage.record_reader import read_records
from driftline.storage.rollup import RollUpPolicy
from driftline.storage.store import ProfileStore, StoredBaseline

__all__ = [
    "Answers",
    "ProfileStore",
    "RollUpPolicy",
    "StoredBaseline",
    "compact",
    "load_engine",
    "open_engine",
    "read_records",
]
