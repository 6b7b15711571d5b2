"""Notifications wait on disk, in order, in bounds, until they are delivered or given up."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.alerting.notifications import alert, notification

from driftline.alerting import outbox as outbox_module
from driftline.alerting.channel import Notification
from driftline.alerting.database import AlertDatabase
from driftline.alerting.outbox import Outbox, Pending
from driftline.errors import FailedPreconditionError

NOW = 1_000.0


@pytest.fixture
def database() -> Iterator[AlertDatabase]:
    with AlertDatabase() as database:
        yield database


@pytest.fixture
def outbox(database: AlertDatabase) -> Outbox:
    return Outbox(database, clock=lambda: NOW)


def put(database: AlertDatabase, outbox: Outbox, *told: Notification, most: int = 1_000) -> None:
    with database.transaction() as connection:
        for each in told:
            outbox.put(connection, each, most)


def due(outbox: Outbox, channel: str = "channel") -> Pending:
    pending = outbox.next(channel)
    assert pending is not None
    return pending


def of_model(model: str, feature: str = "temp") -> Notification:
    one = alert(feature)
    return notification(alert(feature, labels={**one.labels, "model": model}))


def test_what_is_put_down_comes_out_in_order(database: AlertDatabase, outbox: Outbox) -> None:
    told = [notification(alert(feature)) for feature in ("temp", "humid", "wind_dir")]
    put(database, outbox, *told)
    seen = []
    while (pending := outbox.next("channel")) is not None:
        seen.append(pending.notification)
        outbox.delivered(pending)
    assert seen == told
    assert outbox.totals() == {("channel", "delivered"): 3}


def test_channels_do_not_see_each_others(database: AlertDatabase, outbox: Outbox) -> None:
    put(database, outbox, notification(receiver="a"))
    assert outbox.next("b") is None
    assert outbox.pending() == {"a": 1}


def test_it_is_put_down_with_what_it_tells_or_not_at_all(database: AlertDatabase, outbox: Outbox) -> None:
    database.create("CREATE TABLE state (value TEXT)")
    with contextlib.suppress(RuntimeError), database.transaction() as connection:
        connection.execute("INSERT INTO state VALUES ('firing')")
        outbox.put(connection, notification())
        raise RuntimeError
    assert outbox.next("channel") is None
    with database.transaction() as connection:
        assert connection.execute("SELECT count(*) FROM state").fetchone() == (0,)


def test_a_group_that_failed_lets_others_go_first_and_keeps_its_order(
    database: AlertDatabase, outbox: Outbox
) -> None:
    put(database, outbox, of_model("a", "temp"), of_model("a", "humid"), of_model("b"))
    outbox.postpone(due(outbox), NOW + 60)
    other = due(outbox)
    assert other.notification == of_model("b")
    outbox.delivered(other)
    first = due(outbox)
    assert (first.notification, first.attempts, first.not_before) == (of_model("a", "temp"), 1, NOW + 60)
    outbox.delivered(first)
    assert due(outbox).notification == of_model("a", "humid")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=30))
def test_the_order_of_a_group_survives_any_failures(steps: list[tuple[str, bool]]) -> None:
    with AlertDatabase() as database:
        outbox = Outbox(database, clock=lambda: NOW)
        put(database, outbox, *(of_model(model, str(place)) for place, (model, _) in enumerate(steps)))
        seen: list[int] = []
        for delay, (_, fails) in enumerate(steps):
            pending = due(outbox)
            if fails:
                outbox.postpone(pending, NOW + delay)
            else:
                outbox.delivered(pending)
                seen.append(pending.id)
        while (pending_now := outbox.next("channel")) is not None:
            outbox.delivered(pending_now)
            seen.append(pending_now.id)
        assert sorted(seen) == list(range(1, len(steps) + 1))
        for model in "abc":
            of_group = [number for number in seen if steps[number - 1][0] == model]
            assert of_group == sorted(of_group)


def test_the_oldest_are_given_up_beyond_the_bound(database: AlertDatabase, outbox: Outbox) -> None:
    told = [notification(alert(str(number))) for number in range(5)]
    put(database, outbox, *told, most=3)
    assert outbox.pending() == {"channel": 3}
    assert [letter.notification for letter in outbox.dead_letters()] == told[:2]
    assert "more than 3" in outbox.dead_letters()[0].reason
    assert outbox.totals() == {("channel", "dead_lettered"): 2}


def test_dead_letters_are_bounded_and_what_is_lost_is_counted(
    database: AlertDatabase, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "MOST_DEAD_LETTERS", 2)
    put(database, outbox, *(notification(alert(str(number))) for number in range(3)))
    while (pending := outbox.next("channel")) is not None:
        outbox.bury(pending, "refused")
    assert [letter.notification.alerts[0].labels["feature"] for letter in outbox.dead_letters()] == ["1", "2"]
    assert outbox.totals() == {("channel", "dead_lettered"): 3, ("channel", "dropped"): 1}


def test_a_dead_letter_can_be_sent_again(database: AlertDatabase, outbox: Outbox) -> None:
    put(database, outbox, notification())
    outbox.postpone(due(outbox), NOW)
    outbox.bury(due(outbox), "answered 404")
    assert outbox.next("channel") is None
    (letter,) = outbox.dead_letters("channel")
    assert (letter.reason, letter.attempts, letter.died_at) == ("answered 404", 2, NOW)
    assert outbox.dead_letters("other") == []
    assert outbox.retry([letter]) == 1
    assert outbox.retry([letter]) == 0
    assert due(outbox).attempts == 0
    assert outbox.dead_letters() == []


def test_it_knows_what_a_destination_was_told_holds(database: AlertDatabase, outbox: Outbox) -> None:
    put(
        database, outbox, notification(alert("temp"), alert("humid")), notification(alert("temp", "resolved"))
    )
    outbox.delivered(due(outbox), resends=True)
    assert {each.labels["feature"] for each in outbox.told("channel")} == {"temp", "humid"}
    outbox.delivered(due(outbox), resends=True)
    assert [each.labels["feature"] for each in outbox.told("channel")] == ["humid"]


def test_what_is_for_channels_that_are_gone_is_given_up(database: AlertDatabase, outbox: Outbox) -> None:
    put(database, outbox, notification(receiver="gone"), notification(receiver="stays"))
    outbox.delivered(due(outbox, "stays"), resends=True)
    put(database, outbox, notification(receiver="stays"))
    assert outbox.bury_strangers(["stays"]) == 1
    assert outbox.pending() == {"stays": 1}
    assert outbox.buried() == {"gone": 1}
    assert len(outbox.told("stays")) == 1
    outbox.bury_strangers([])
    assert outbox.told("stays") == []


def test_it_survives_a_restart(tmp_path: Path) -> None:
    with AlertDatabase(tmp_path) as database:
        outbox = Outbox(database)
        put(database, outbox, notification(alert("temp")), notification(alert("humid")))
        outbox.delivered(due(outbox))
    with AlertDatabase(tmp_path) as database:
        outbox = Outbox(database)
        assert due(outbox).notification == notification(alert("humid"))
        assert outbox.totals() == {("channel", "delivered"): 1}


def test_another_process_sees_it_while_it_is_in_use(tmp_path: Path) -> None:
    with AlertDatabase(tmp_path) as database, AlertDatabase.existing(tmp_path) as other:
        put(database, Outbox(database), notification())
        assert Outbox(other).pending() == {"channel": 1}


def test_a_directory_without_a_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FailedPreconditionError, match=r"no alerts\.sqlite3"):
        AlertDatabase.existing(tmp_path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "alerts.sqlite3").write_text("no database" * 100)
    with pytest.raises(FailedPreconditionError, match="cannot be used"):
        AlertDatabase(tmp_path)


def test_a_connection_belongs_to_one_transaction_at_a_time(database: AlertDatabase) -> None:
    with database.transaction(), pytest.raises(sqlite3.OperationalError), database.transaction():
        pass
