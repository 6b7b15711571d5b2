"""What all tests share: the root of the tree, hypothesis profiles, and a collector that is really running."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from driftline.collector import Collector

# What tests talk to is on this machine, which a proxy of the environment does not see; and they say how they are told.
os.environ["no_proxy"] = os.environ["NO_PROXY"] = "localhost,127.0.0.1,::1"
os.environ.pop("no_grpc_proxy", None)
os.environ.pop("FORCE_COLOR", None)
for name in [name for name in os.environ if name.startswith("OTEL_")]:
    del os.environ[name]

# DRIFTLINE_HYPOTHESIS picks one. A machine that is busy is no failure, so nothing has to be quick. What is fast is the
# same each time, as long as the constants in our modules are, which hypothesis also draws: a review fails by what was
# changed, not by luck.
_slow = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("fast", _slow, max_examples=25, derandomize=True)
hypothesis.settings.register_profile("ci", _slow, max_examples=100, print_blob=True)
hypothesis.settings.register_profile("deep", _slow, max_examples=2_000, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("DRIFTLINE_HYPOTHESIS", "fast"))

StartCollector = Callable[..., "Collector"]


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the source tree."""
    return Path(__file__).parent.parent


@pytest.fixture
def start_collector() -> Iterator[StartCollector]:
    """Starts collectors on free ports, with the settings given; all are stopped at the end of the test."""
    from driftline.collector import Collector
    from driftline.config import CollectorConfig

    with ExitStack() as running:

        def start(**settings: object) -> "Collector":
            doors = dict.fromkeys(("grpc_address", "http_address", "flight_address"), "127.0.0.1:0")
            collector = Collector(CollectorConfig.model_validate(doors | settings))
            collector.start()
            running.callback(collector.stop)
            return collector

        yield start


@pytest.fixture
def collector(start_collector: StartCollector) -> "Collector":
    """A collector on free ports that keeps its state in memory."""
    return start_collector()
