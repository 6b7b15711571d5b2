"""All channels of a collector: what is put down for them, and the threads that deliver it."""

import sqlite3
import time
from collections.abc import Mapping

from driftline.alerting.channel import Channel, Notification
from driftline.alerting.channel_worker import STOP_SECONDS, ChannelHealth, ChannelWorker, RetryPolicy
from driftline.alerting.channels.build import Surroundings, build_channel
from driftline.alerting.outbox import Outbox
from driftline.config.alerting.channels import ChannelConfig
from driftline.errors import ConfigurationError
from driftline.logs import get_logger

logger = get_logger("driftline.alerting")


class Dispatcher:
    """
    Delivers notifications to channels, each by a thread of its own.

    Parameters
    ----------
    channels
        Settings by name.
    surroundings
        The database that the outbox is in, and what channels may need besides.
    """

    def __init__(self, channels: Mapping[str, ChannelConfig], surroundings: Surroundings) -> None:
        self.outbox = Outbox(surroundings.database)
        self._configs = dict(channels)
        self._workers = {
            name: ChannelWorker(
                build_channel(name, config, surroundings),
                self.outbox,
                RetryPolicy(config.longest_pause.total_seconds(), config.give_up_after.total_seconds()),
                config.send_resolved,
            )
            for name, config in channels.items()
        }

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the channels."""
        return tuple(self._workers)

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels."""
        return tuple(worker.channel for worker in self._workers.values())

    def health(self) -> dict[str, ChannelHealth]:
        """What became of attempts since the start, by channel."""
        return {name: worker.health for name, worker in self._workers.items()}

    def put(self, connection: sqlite3.Connection, notification: Notification) -> None:
        """
        Put a notification down, in the transaction that changes what it tells; call :meth:`wake` after it.

        Parameters
        ----------
        connection
            Of a transaction of the database.
        notification
            For one of the channels.
        """
        self.outbox.put(connection, notification, self._configs[notification.receiver].max_pending)

    def wake(self) -> None:
        """Look at once at what was put down."""
        for worker in self._workers.values():
            worker.wake()

    def start(self) -> None:
        """Deliver from now on; what waits for channels that are gone becomes dead letters."""
        if count := self.outbox.bury_strangers(self._workers):
            logger.warning("notifications of channels that are gone are dead letters", count=count)
        for name, worker in self._workers.items():
            try:
                worker.channel.check()
            except ConfigurationError as error:
                # Said now, as else the first alert would bring it to light; but no reason not to start: it is found out
                # anew for each attempt.
                logger.error("channel cannot tell anybody", channel=name, reason=str(error))
            worker.start()

    def stop(self) -> None:
        """End the threads; what is not delivered stays in the outbox."""
        for worker in self._workers.values():
            worker.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        for worker in self._workers.values():
            worker.stop(deadline)
