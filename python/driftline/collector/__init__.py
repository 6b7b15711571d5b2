"""The collector: one engine behind three doors (gRPC, Arrow Flight, HTTP)."""

from driftline.collector.collector import Collector
from driftline.collector.serve import serve

__all__ = ["Collector", "serve"]
