"""Collectors in processes of their own begin, whoever else is on the machine."""

import socket
from pathlib import Path

import pytest

from driftline.demo import process
from driftline.demo.process import DOORS, CollectorProcess, free_addresses
from driftline.errors import UnavailableError


def test_a_port_that_somebody_took_first_is_changed_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        picks = [[address, *free_addresses(2)], [*free_addresses(2), address]]
        monkeypatch.setattr(
            process, "free_addresses", lambda count: picks.pop() if picks else free_addresses(count)
        )
        collector = CollectorProcess.start(tmp_path)
        assert collector.stop() == 0, collector.log_end()
        assert not picks
        assert address not in (collector.grpc_address, collector.http_address, collector.flight_address)


@pytest.mark.parametrize("door", DOORS)
def test_a_port_that_was_asked_for_is_kept_to(tmp_path: Path, door: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(UnavailableError, match=f"{door} {address} cannot be listened on"):
            CollectorProcess.start(tmp_path, {door: address})
    assert (tmp_path / "collector.log").read_text().count("cannot be listened on") == 1
