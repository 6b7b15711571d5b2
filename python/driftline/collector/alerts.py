"""The alerting of a collector: its rules, what it remembers, and the channels that are told."""

from contextlib import ExitStack

from prometheus_client import CollectorRegistry

from driftline._core import Engine
from driftline.alerting.alerting import Alerting
from driftline.alerting.channels.build import Surroundings
from driftline.alerting.database import AlertDatabase
from driftline.alerting.dispatcher import Dispatcher
from driftline.alerting.report_page import report_pages
from driftline.collector.alert_metrics import AlertMetrics
from driftline.collector.channel_metrics import ChannelMetrics
from driftline.collector.clock import SteadyClock
from driftline.config import CollectorConfig
from driftline.query import EngineTransport, Monitor
from driftline.repeated_work import RepeatedWork
from driftline.storage import Answers


class CollectorAlerts:
    """
    Evaluates the rules of a configuration in a thread, and delivers what follows.

    Parameters
    ----------
    config
        Has the rules and the channels.
    engine, answers
        What is looked at.
    registry
        Takes how alerting is.
    clock
        Says which windows are over.

    Raises
    ------
    FailedPreconditionError
        If what is remembered cannot be read.
    ConfigurationError
        If a secret cannot be read.
    """

    def __init__(
        self,
        config: CollectorConfig,
        engine: Engine,
        answers: Answers,
        registry: CollectorRegistry,
        clock: SteadyClock,
    ) -> None:
        if config.alerting is None:
            raise ValueError("a collector without the setting alerting has no alerts")
        with ExitStack() as opened:
            database = AlertDatabase(config.data_dir)
            opened.callback(database.close)
            monitor = Monitor(EngineTransport(engine, answers))
            surroundings = Surroundings(database, report_pages(monitor))
            self._dispatcher = Dispatcher(config.alerting.channels, surroundings)
            outbox = self._dispatcher.outbox
            self.alerting = Alerting(config.alerting, monitor, database, outbox, clock.arrival_time)
            registry.register(AlertMetrics(self.alerting))
            registry.register(ChannelMetrics(self._dispatcher))
            self._opened = opened.pop_all()
        self._work = RepeatedWork(
            "alerts",
            self._look,
            lambda: self.alerting.pause_seconds,
            "alert rules could not be evaluated, the next look tries again",
        )

    def start(self) -> None:
        """Evaluate and deliver from now on."""
        self.alerting.begin()
        self._dispatcher.start()
        self._work.start()

    def stop(self) -> None:
        """Stop; what is not delivered stays in the outbox."""
        self.alerting.stop()
        self._work.stop()
        self._dispatcher.stop()
        self._opened.close()

    def _look(self) -> None:
        if self.alerting.look():
            self._dispatcher.wake()
