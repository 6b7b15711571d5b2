"""Configuration of a collector and of the models it monitors."""

from driftline.config.collector import CollectorConfig
from driftline.config.compare_with import CompareWith, ExcludedRange
from driftline.config.load import load_config
from driftline.config.monitor import MonitorConfig
from driftline.config.security import PrincipalConfig, TlsConfig, TokenConfig

__all__ = [
    "CollectorConfig",
    "CompareWith",
    "ExcludedRange",
    "MonitorConfig",
    "PrincipalConfig",
    "TlsConfig",
    "TokenConfig",
    "load_config",
]
