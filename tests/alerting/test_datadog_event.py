"""Alerts as events of Datadog: what an agent is sent, held to a strict parser."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from tests.alerting.notifications import ALERTS, ENDED, STARTED, alert, notification
from tests.exporters.dogstatsd_parser import Told, parse_packet

from driftline.alerting.alert import Alert
from driftline.alerting.channels.build import Surroundings, build_channel
from driftline.alerting.channels.datadog_event import event_of
from driftline.alerting.database import AlertDatabase
from driftline.config import load_config
from driftline.config.alerting.channels import DatadogEventConfig
from driftline.delivery import DestinationRefusedError, DestinationUnavailableError

PAGE = Path(__file__).parents[2] / "docs/integrations/datadog.md"


@pytest.fixture
def agent() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.settimeout(10.0)
        yield bound


def parsed(packet: bytes) -> Told:
    (told,) = parse_packet(packet)
    assert isinstance(told, Told)
    return told


def test_the_configuration_of_the_page_tells_an_agent(agent: socket.socket, tmp_path: Path) -> None:
    text = PAGE.read_text("utf-8").split("```yaml\n")[2].split("```")[0]
    path = tmp_path / "driftline.yaml"
    path.write_text(text.replace("127.0.0.1:8125", f"127.0.0.1:{agent.getsockname()[1]}"))
    alerting = load_config(path, {}).alerting
    assert alerting is not None
    with AlertDatabase() as database:
        channel = build_channel("datadog", alerting.channels["datadog"], Surroundings(database))
        channel.send(notification(alert("temp"), alert("humid", "resolved")))
        channel.close()
    firing, resolved = (parsed(agent.recv(65_536)) for _ in range(2))
    assert firing.name == "temp has moved"
    assert firing.text.startswith("PSI of temp is 0.31 against the training data.\n")
    assert "https://runbooks.example.com/drift" in firing.text
    assert firing.tags == {"env": "production"} | dict(alert("temp").labels)
    assert firing.fields == {
        "d": str(int(STARTED.timestamp())),
        "k": alert("temp").fingerprint,
        "t": "warning",
    }
    assert resolved.name == "Resolved: humid has moved"
    assert (resolved.fields["t"], resolved.fields["d"]) == ("success", str(int(ENDED.timestamp())))


@given(ALERTS)
def test_whatever_an_alert_says_an_agent_can_read(told: Alert) -> None:
    packet = event_of(told, {}, 4_096)
    assert len(packet) <= 4_096
    event = parsed(packet)
    assert event.fields["k"] == told.fingerprint
    assert len(event.tags) == len(told.labels)


def test_labels_that_do_not_fit_are_refused() -> None:
    labels = {f"label{number}": "x" * 100 for number in range(20)}
    with pytest.raises(DestinationRefusedError, match="do not fit"):
        event_of(alert(labels=labels), {}, 1_432)


def test_no_agent_is_worth_another_try(tmp_path: Path) -> None:
    config = DatadogEventConfig(type="datadog_event", address=f"unix://{tmp_path / 'absent.socket'}")
    with AlertDatabase() as database:
        channel = build_channel("datadog", config, Surroundings(database))
        with pytest.raises(DestinationUnavailableError, match=r"absent\.socket"):
            channel.send(notification())
