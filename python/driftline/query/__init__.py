"""Questions and answers: over a collector, over a data directory, over data at hand."""

from driftline.query.connections import connect, open  # noqa: A004 - reads as driftline.open
from driftline.query.monitor import Monitor
from driftline.query.offline import compare, compare_quality, infer_roles, profile
from driftline.query.profiles import Profile
from driftline.query.report import Report
from driftline.query.selection import Selection
from driftline.query.transport import EngineTransport, Transport

__all__ = [
    "EngineTransport",
    "Monitor",
    "Profile",
    "Report",
    "Selection",
    "Transport",
    "compare",
    "compare_quality",
    "connect",
    "infer_roles",
    "open",
    "profile",
]
