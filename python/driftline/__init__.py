"""driftline: a metrics engine for machine-learning models in production.

Serving processes send what a model saw and said (`Client`); people and programs ask what has changed (`connect`,
`open`); data at hand is profiled and compared without a server (`profile`, `compare`).
"""

from importlib import import_module
from typing import TYPE_CHECKING

from driftline.errors import DriftlineError

if TYPE_CHECKING:
    from driftline._core import __version__
    from driftline.client import Client
    from driftline.collector import Collector
    from driftline.config import CollectorConfig, MonitorConfig
    from driftline.credentials import Tls
    from driftline.query import Monitor, Profile, Selection, compare, connect, profile
    from driftline.query import open as open  # noqa: A004 - reads as driftline.open

__all__ = [
    "Client",
    "Collector",
    "CollectorConfig",
    "DriftlineError",
    "Monitor",
    "MonitorConfig",
    "Profile",
    "Selection",
    "Tls",
    "__version__",
    "compare",
    "connect",
    "open",
    "profile",
]

# Names are fetched when first used: `import driftline` costs nothing and starts nothing.
_HOMES = {
    "Client": "driftline.client",
    "Collector": "driftline.collector",
    "CollectorConfig": "driftline.config",
    "Monitor": "driftline.query",
    "MonitorConfig": "driftline.config",
    "Profile": "driftline.query",
    "Selection": "driftline.query",
    "Tls": "driftline.credentials",
    "__version__": "driftline._core",
    "compare": "driftline.query",
    "connect": "driftline.query",
    "open": "driftline.query",
    "profile": "driftline.query",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'driftline' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
