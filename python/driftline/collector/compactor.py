"""Keeps files few and old windows long, on disk and in memory, in the background."""

from collections.abc import Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from driftline._core import Engine
from driftline.collector.clock import SteadyClock
from driftline.exporters import names
from driftline.logs import get_logger
from driftline.repeated_work import RepeatedWork
from driftline.storage import ProfileStore, RollUpPolicy, compact

logger = get_logger("driftline.collector")


class Compactor(Collector):
    """
    Rolls up, drops and merges what is old, now and then; also reports on itself to Prometheus.

    Parameters
    ----------
    engine
        Whose windows in memory become longer or go.
    store
        Whose files are merged.
    policy
        Which windows are old.
    interval_seconds
        Time between two looks at what there is to do.
    clock
        Says what is old.
    """

    def __init__(
        self,
        engine: Engine,
        store: ProfileStore,
        policy: RollUpPolicy,
        interval_seconds: float,
        clock: SteadyClock,
    ) -> None:
        self._engine = engine
        self._files = store.files(store.writer_id())
        self._policy = policy
        self._clock = clock
        self._was_ahead = False
        self._work = RepeatedWork(
            "compact",
            self._run_now,
            lambda: interval_seconds,
            "compaction failed, the next one tries again",
        )
        self._counts = {"done": 0, "failed": 0}

    def start(self) -> None:
        """Work from now on, in a thread."""
        self._work.start()

    def stop(self) -> None:
        """Stop the thread, after the step that is under way."""
        self._work.stop()

    def run(self, now: int) -> None:
        """
        Do what there is to do at a time, in nanoseconds since the Unix epoch, or part of it when asked to stop.

        Raises
        ------
        DriftlineError
            If a file is damaged.
        OSError
            If something cannot be written.
        """
        roll_up = self._policy.at(now)
        self._engine.roll_up(*roll_up)
        try:
            for step in compact(self._files, roll_up):
                self._counts["done"] += 1
                logger.debug("compacted", removed=step.removed, added=step.added)
                if step.left:
                    logger.warning("merged files could not be removed, the next start will", files=step.left)
                if self._work.is_stopped:
                    return
        except BaseException:
            self._counts["failed"] += 1
            raise

    def describe(self) -> Iterable[Family]:
        """Nothing: see :meth:`collect`."""
        return []

    def collect(self) -> Iterator[Family]:
        """Yield the number of compactions by outcome, of files, and of files swept."""
        metric = names.COMPACTIONS
        compactions = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
        for outcome, count in self._counts.items():
            compactions.add_metric([outcome], count)
        yield compactions
        manifest = self._files.manifest()
        count = 0 if manifest is None else len(manifest.profiles)
        yield GaugeMetricFamily(names.PROFILE_FILES.name, names.PROFILE_FILES.help, value=count)
        swept = names.ORPHANS_SWEPT
        yield CounterMetricFamily(swept.name, swept.help, value=self._files.swept)

    def _run_now(self) -> None:
        self._warn_of_clock()
        self.run(self._clock.age_time())

    def _warn_of_clock(self) -> None:
        ahead = self._clock.ahead_seconds()
        if ahead and not self._was_ahead:
            logger.warning(
                "the clock is ahead of the time that has passed; nothing gets old by that before the next start",
                seconds=round(ahead),
            )
        self._was_ahead = bool(ahead)
