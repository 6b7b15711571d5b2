"""One thread for one channel: takes from the outbox, delivers in order, tries again, gives up."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from driftline.alerting.alert import Alert
from driftline.alerting.channel import Channel, Notification
from driftline.alerting.outbox import Outbox, Pending
from driftline.delivery import DestinationRefusedError, DestinationUnavailableError
from driftline.errors import DriftlineError
from driftline.logs import get_logger

logger = get_logger("driftline.alerting")

FIRST_PAUSE_SECONDS = 1.0
LONGEST_RETRY_AFTER_SECONDS = 3_600.0
"""A destination that asks for a longer pause is tried again after this."""

_LOOK_SECONDS = 1.0
"""How often another process, the command line say, may have put something down."""

STOP_SECONDS = 5.0
"""How long what is being sent may take once workers are to stop: cut off, it would be sent again."""

_CUT_OFF_SECONDS = 3.0
"""How long what was cut off may take to end; a command is killed after two seconds."""


@dataclass(frozen=True)
class RetryPolicy:
    """
    How long to go on.

    Attributes
    ----------
    longest_pause_seconds
        Between two attempts, unless the destination asks for more.
    give_up_seconds
        Age from which a notification becomes a dead letter.
    first_pause_seconds
        After the first failure; twice as long after each further one.
    """

    longest_pause_seconds: float = 300.0
    give_up_seconds: float = 86_400.0
    first_pause_seconds: float = FIRST_PAUSE_SECONDS

    def pause_seconds(self, failures: int, retry_after: float | None = None) -> float:
        """
        Time until the next attempt, with a jitter, so that many collectors do not come back all at once.

        Parameters
        ----------
        failures
            Attempts that failed, at least one.
        retry_after
            What the destination asks for, in seconds.
        """
        exponent = min(failures - 1, 30)
        pause = min(self.first_pause_seconds * 2.0**exponent, self.longest_pause_seconds)
        jittered = pause * random.uniform(0.5, 1.0)
        return max(jittered, min(retry_after or 0.0, LONGEST_RETRY_AFTER_SECONDS))


@dataclass
class ChannelHealth:
    """What became of attempts since the start: how many failed, when one was last taken, and why one last failed."""

    failures: int = 0
    last_success: float = 0.0
    last_error: str = ""


@dataclass
class ChannelWorker:
    """
    Delivers what waits for one channel.

    A group whose notification failed waits, and lets others go first; after any failure the channel pauses, so that a
    dead destination is not tried by each group in turn.

    Parameters
    ----------
    channel
        Whom to tell.
    outbox
        What to tell.
    policy
        How long to try.
    send_resolved
        Also tell that alerts have ceased to hold.
    clock
        Seconds since the Unix epoch.
    """

    channel: Channel
    outbox: Outbox
    policy: RetryPolicy
    send_resolved: bool = True
    clock: Callable[[], float] = time.time
    health: ChannelHealth = field(default_factory=ChannelHealth)

    def __post_init__(self) -> None:
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"driftline-channel-{self.channel.name}", daemon=True
        )
        self._failures_in_a_row = 0
        self._paused_until = 0.0
        self._resent_at = 0.0

    def start(self) -> None:
        """Deliver from now on, in a thread."""
        self._thread.start()

    def wake(self) -> None:
        """Look at once: something was put down."""
        self._woken.set()

    def ask_to_stop(self) -> None:
        """Deliver nothing more; returns at once."""
        self._stopped.set()
        self._woken.set()

    def stop(self, deadline: float) -> None:
        """
        End the thread.

        Parameters
        ----------
        deadline
            Until when what is being sent may take, by :func:`time.monotonic`. Then it is cut off, and sent again after
            the next start.
        """
        self.ask_to_stop()
        if self._thread.ident is not None:
            self._thread.join(max(0.0, deadline - time.monotonic()))
        self.channel.close()
        if self._thread.ident is not None:
            # A destination that takes what it is sent and never answers is waited for until the timeout of the
            # channel, however long that is: the process does not wait for that.
            self._thread.join(_CUT_OFF_SECONDS)

    def step(self) -> float:
        """
        Deliver one notification, or tell again what holds, if either is due.

        Returns
        -------
        float
            Seconds until there may be something to do.
        """
        now = self.clock()
        if self._is_ahead(self._paused_until, now):
            return self._paused_until - now
        pending = self.outbox.next(self.channel.name)
        if pending is not None and not self._is_ahead(pending.not_before, now):
            self._deliver(pending)
            return 0.0
        waits = [_LOOK_SECONDS] if pending is None else [_LOOK_SECONDS, pending.not_before - now]
        if self.channel.resend_seconds is not None:
            waits.append(self._resend(now, self.channel.resend_seconds))
        return max(0.0, min(waits))

    def _is_ahead(self, moment: float, now: float) -> bool:
        """Whether a time is still to come; one that no pause reaches was set before the clock was set back."""
        longest = max(self.policy.longest_pause_seconds, LONGEST_RETRY_AFTER_SECONDS)
        return now < moment <= now + longest

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._woken.clear()
            try:
                seconds = self.step()
            except Exception as error:  # noqa: BLE001 - logged without its text
                # The disk, say: nothing is lost by looking again later.
                self._note_failure(error, None)
                seconds = _LOOK_SECONDS
            if seconds > 0 and not self._stopped.is_set():
                self._woken.wait(min(seconds, _LOOK_SECONDS))

    def _deliver(self, pending: Pending) -> None:
        told: Notification | None = pending.notification
        if not self.send_resolved:
            told = pending.notification.with_status("firing")
        try:
            if told is not None:
                self.channel.send(told)
        except DestinationUnavailableError as error:
            self._postpone(pending, error, error.retry_after_seconds)
        except DestinationRefusedError as error:
            # The destination is there, and others may be taken.
            self.health.failures += 1
            self._bury(pending, str(error))
        except Exception as error:  # noqa: BLE001 - logged without its text
            self._postpone(pending, error, None)
        else:
            self._note_success()
            outcome = "delivered" if told is not None else "not_sent"
            self.outbox.delivered(pending, outcome, resends=self.channel.resend_seconds is not None)

    def _postpone(self, pending: Pending, error: Exception, retry_after: float | None) -> None:
        """Have it wait, and give it up if it is too old for that."""
        if self._stopped.is_set():
            # Ended by us: no failure of the destination.
            return
        self._note_failure(error, retry_after)
        now = self.clock()
        pause = self.policy.pause_seconds(pending.attempts + 1, retry_after)
        if now + pause - pending.created_at > self.policy.give_up_seconds:
            self._bury(pending, f"given up after {pending.attempts + 1} attempts: {safe_text(error)}")
        else:
            self.outbox.postpone(pending, now + pause)

    def _bury(self, pending: Pending, reason: str) -> None:
        self.health.last_error = reason
        self.outbox.bury(pending, reason)
        logger.error(
            "notification given up, see driftline alerts dead-letters",
            channel=self.channel.name,
            group=pending.notification.group_key,
            reason=reason,
        )

    def _resend(self, now: float, every: float) -> float:
        """Tell again what holds, if it is time; seconds until it is."""
        due = self._resent_at + every
        if now < due:
            return due - now
        self._resent_at = now
        alerts = self.outbox.told(self.channel.name)
        if not alerts:
            return every
        try:
            self.channel.send(told_again(self.channel.name, alerts))
        except DriftlineError as error:
            self._note_failure(error, getattr(error, "retry_after_seconds", None))
            # It is not in the outbox, and has to come before the destination takes it for over.
            self._resent_at = now - every
            return self._paused_until - now
        self._note_success()
        return every

    def _note_success(self) -> None:
        self._failures_in_a_row = 0
        self.health.last_success = self.clock()

    def _note_failure(self, error: Exception, retry_after: float | None) -> None:
        self._failures_in_a_row += 1
        self.health.failures += 1
        reason = safe_text(error)
        if reason != self.health.last_error or self._failures_in_a_row == 1:
            # Not each attempt of the same: a destination may be dead for days.
            logger.warning("notification not delivered", channel=self.channel.name, reason=reason)
        self.health.last_error = reason
        self._paused_until = self.clock() + self.policy.pause_seconds(self._failures_in_a_row, retry_after)


def safe_text(error: Exception) -> str:
    """What an error says; of one that is not ours its kind alone, as its text may have a secret in it."""
    return str(error) if isinstance(error, DriftlineError) else type(error).__name__


def told_again(channel: str, alerts: list[Alert]) -> Notification:
    """All alerts that hold, as one notification."""
    return Notification("", channel, "firing", tuple(alerts))
