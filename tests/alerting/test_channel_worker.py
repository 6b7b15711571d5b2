"""A channel's worker delivers in order, tries again, honours what the destination asks for, and gives up."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from tests.alerting.notifications import alert, notification

from driftline.alerting.channel import Channel, Notification
from driftline.alerting.channel_worker import ChannelWorker, RetryPolicy
from driftline.alerting.database import AlertDatabase
from driftline.alerting.outbox import Outbox
from driftline.delivery import DestinationRefusedError, DestinationUnavailableError

DAY = 86_400.0


@dataclass
class Clock:
    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Told(Channel):
    """A channel that remembers what it was told, and fails as the test wants."""

    name: str = "channel"
    resend_seconds: float | None = None
    fails: Callable[[Notification], None] = lambda _: None
    told: list[Notification] = field(default_factory=list)

    def send(self, notification: Notification) -> str:
        self.fails(notification)
        self.told.append(notification)
        return "ok"


def unavailable(_: Notification) -> None:
    raise DestinationUnavailableError("down")


def well(_: Notification) -> None:
    pass


@pytest.fixture
def database() -> Iterator[AlertDatabase]:
    with AlertDatabase() as database:
        yield database


@dataclass
class Bench:
    database: AlertDatabase
    clock: Clock
    channel: Told
    outbox: Outbox
    worker: ChannelWorker

    def put(self, *told: Notification) -> None:
        with self.database.transaction() as connection:
            for each in told:
                self.outbox.put(connection, each)

    def run(self, seconds: float) -> None:
        """Let time pass as fast as the worker asks for."""
        until = self.clock.now + seconds
        while True:
            wait = self.worker.step()
            if self.clock.now + wait > until:
                self.clock.now = until
                return
            self.clock.now += wait


@pytest.fixture
def bench(database: AlertDatabase) -> Bench:
    clock = Clock()
    channel = Told()
    outbox = Outbox(database, clock)
    policy = RetryPolicy(longest_pause_seconds=60, give_up_seconds=DAY)
    return Bench(database, clock, channel, outbox, ChannelWorker(channel, outbox, policy, clock=clock))


def of_model(model: str, feature: str = "temp") -> Notification:
    one = alert(feature)
    return notification(alert(feature, labels={**one.labels, "model": model}))


def test_it_delivers_in_order(bench: Bench) -> None:
    told = [notification(alert(feature)) for feature in ("temp", "humid", "wind_dir")]
    bench.put(*told)
    bench.run(2)
    assert bench.channel.told == told
    assert bench.outbox.pending() == {}
    assert bench.worker.health.last_success > 0


def test_a_destination_that_comes_back_gets_all_in_order(bench: Bench) -> None:
    told = [notification(alert(feature)) for feature in ("temp", "humid")]
    bench.put(*told)
    bench.channel.fails = unavailable
    bench.run(600)
    assert bench.channel.told == []
    assert bench.worker.health.failures > 5
    assert bench.outbox.pending() == {"channel": 2}
    bench.channel.fails = well
    bench.run(120)
    assert bench.channel.told == told


def test_a_dead_destination_is_tried_less_and_less_often(bench: Bench) -> None:
    attempts: list[float] = []

    def fails(_: Notification) -> None:
        attempts.append(bench.clock.now)
        raise DestinationUnavailableError("down")

    bench.channel.fails = fails
    bench.put(*(of_model(str(number)) for number in range(20)))
    bench.run(3_600)
    pauses = [after - before for before, after in itertools.pairwise(attempts)]
    assert pauses[0] <= 1
    assert all(30 <= pause <= 61 for pause in pauses[8:])
    assert len(set(pauses[8:])) > 10, "no jitter"


def test_what_is_refused_is_a_dead_letter_and_holds_nothing_up(bench: Bench) -> None:
    def refuses_temp(told: Notification) -> None:
        if told.alerts[0].labels["feature"] == "temp":
            raise DestinationRefusedError("answered 400: no such field")

    bench.channel.fails = refuses_temp
    bench.put(notification(alert("temp")), notification(alert("humid")))
    bench.run(1)
    assert [each.alerts[0].labels["feature"] for each in bench.channel.told] == ["humid"]
    (letter,) = bench.outbox.dead_letters()
    assert letter.reason == "answered 400: no such field"


def test_one_group_that_fails_holds_no_other_up(bench: Bench) -> None:
    def fails_for_a(told: Notification) -> None:
        if told.group_labels["model"] == "a":
            raise DestinationUnavailableError("500")

    bench.channel.fails = fails_for_a
    bench.put(of_model("a"), *(of_model("b", str(number)) for number in range(10)))
    bench.run(60)
    assert len(bench.channel.told) == 10
    assert bench.outbox.pending() == {"channel": 1}


def test_the_destination_says_when_to_come_again(bench: Bench) -> None:
    attempts: list[float] = []

    def busy(_: Notification) -> None:
        attempts.append(bench.clock.now)
        raise DestinationUnavailableError("429", retry_after_seconds=120)

    bench.channel.fails = busy
    bench.put(notification())
    bench.run(130)
    assert len(attempts) == 2
    assert attempts[1] - attempts[0] >= 120


def test_what_is_too_old_is_given_up(bench: Bench) -> None:
    bench.put(notification())
    bench.channel.fails = unavailable
    bench.run(DAY - 120)
    assert bench.outbox.dead_letters() == []
    bench.run(240)
    (letter,) = bench.outbox.dead_letters()
    assert "given up after" in letter.reason
    assert "down" in letter.reason


def test_a_clock_that_is_set_back_does_not_stop_it(bench: Bench) -> None:
    bench.put(notification())
    bench.channel.fails = unavailable
    bench.run(60)
    bench.channel.fails = well
    bench.clock.now -= 10 * DAY
    bench.run(2)
    assert len(bench.channel.told) == 1


def test_an_error_of_others_is_not_quoted(bench: Bench) -> None:
    def breaks(_: Notification) -> None:
        raise RuntimeError("https://hooks.example.com/hunter2")

    bench.channel.fails = breaks
    bench.put(notification())
    bench.run(1)
    assert bench.worker.health.last_error == "RuntimeError"


def test_resolved_alerts_are_left_out_where_they_are_not_wanted(bench: Bench) -> None:
    bench.worker.send_resolved = False
    bench.put(notification(alert("temp"), alert("humid", "resolved")), notification(alert(status="resolved")))
    bench.run(1)
    (told,) = bench.channel.told
    assert [each.labels["feature"] for each in told.alerts] == ["temp"]
    assert bench.outbox.totals() == {("channel", "delivered"): 1, ("channel", "not_sent"): 1}


def test_what_holds_is_told_again_until_it_ceases_to(bench: Bench) -> None:
    bench.channel.resend_seconds = 60
    bench.put(notification(alert("temp"), alert("humid")))
    bench.run(200)
    # At once after the start, as it may have been long ago, and then every minute.
    assert [len(each.alerts) for each in bench.channel.told] == [2, 2, 2, 2, 2]
    bench.put(notification(alert("temp", "resolved"), alert("humid", "resolved")))
    bench.run(200)
    assert bench.channel.told[5].status == "resolved"
    assert len(bench.channel.told) == 6


def test_telling_again_is_tried_until_it_succeeds(bench: Bench) -> None:
    bench.channel.resend_seconds = 60
    bench.put(notification())
    bench.run(2)
    bench.channel.fails = unavailable
    bench.run(100)
    bench.channel.fails = well
    before = len(bench.channel.told)
    bench.run(61)
    assert len(bench.channel.told) > before


def test_a_thread_delivers_as_soon_as_it_is_woken(database: AlertDatabase) -> None:
    delivered = threading.Event()
    outbox = Outbox(database)
    worker = ChannelWorker(Told(fails=lambda _: delivered.set()), outbox, RetryPolicy())
    worker.start()
    try:
        with database.transaction() as connection:
            outbox.put(connection, notification())
        worker.wake()
        assert delivered.wait(10)
    finally:
        worker.stop(time.monotonic() + 5)
    assert outbox.pending() == {}


def test_what_is_being_sent_when_it_stops_is_finished_and_not_sent_again(database: AlertDatabase) -> None:
    sending, sent = threading.Event(), []

    def slow(told: Notification) -> None:
        sending.set()
        time.sleep(0.3)
        sent.append(told)

    outbox = Outbox(database)
    worker = ChannelWorker(Told(fails=slow), outbox, RetryPolicy())
    with database.transaction() as connection:
        outbox.put(connection, notification())
    worker.start()
    assert sending.wait(10)
    worker.stop(time.monotonic() + 5)
    assert len(sent) == 1
    assert outbox.pending() == {}


def test_a_destination_that_never_answers_does_not_keep_the_process_from_stopping(
    database: AlertDatabase,
) -> None:
    sending, released = threading.Event(), threading.Event()

    def hangs(_: Notification) -> None:
        sending.set()
        released.wait(60)

    outbox = Outbox(database)
    worker = ChannelWorker(Told(fails=hangs), outbox, RetryPolicy())
    with database.transaction() as connection:
        outbox.put(connection, notification())
    worker.start()
    assert sending.wait(10)
    before = time.monotonic()
    worker.stop(time.monotonic() + 0.1)
    assert time.monotonic() - before < 10
    assert outbox.pending() == {"channel": 1}
    released.set()


def test_an_alert_whose_end_was_given_up_is_not_told_again(bench: Bench) -> None:
    def refuses_ends(told: Notification) -> None:
        if told.status == "resolved":
            raise DestinationRefusedError("400")

    bench.channel.resend_seconds = 60
    bench.channel.fails = refuses_ends
    bench.put(notification(), notification(alert(status="resolved")))
    bench.run(2)
    before = len(bench.channel.told)
    bench.run(300)
    assert len(bench.channel.told) == before
    assert len(bench.outbox.dead_letters()) == 1


def test_the_pauses_grow_to_a_bound() -> None:
    policy = RetryPolicy(longest_pause_seconds=300)
    assert 0.5 <= policy.pause_seconds(1) <= 1
    assert 2 <= policy.pause_seconds(3) <= 4
    assert 150 <= policy.pause_seconds(1_000) <= 300
    assert policy.pause_seconds(1, retry_after=40) == 40
    assert policy.pause_seconds(1, retry_after=1e9) == 3_600
