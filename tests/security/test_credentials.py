"""What a caller shows, and when it shows nothing."""

import pickle
from pathlib import Path
from typing import Any

import grpc
import pytest
from tests.security.authority import Authority

from driftline.client import Client
from driftline.connection import Connection
from driftline.credentials import Credentials, Tls
from driftline.errors import InvalidArgumentError

LOCAL = ["localhost:1", "127.0.0.1:1", "[::1]:1", "ipv4:127.0.0.1:1", "dns:///localhost:1", "unix:socket"]
ELSEWHERE = [
    "collector:1",
    "10.0.0.1:1",
    "[2001:db8::1]:1",
    "dns:///collector.example:1",
    "localhost.example:1",
]


def header(credentials: Credentials) -> dict[str, Any]:
    return dict(credentials.metadata())


def test_what_is_given_goes_before_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("of-file\n")
    environment = {"DRIFTLINE_TOKEN": "of-variable", "DRIFTLINE_CA_FILE": "ca.pem"}
    for given, expected in (
        ({"token": "given"}, "given"),
        ({"token_file": file}, "of-file"),
        ({}, "of-variable"),
    ):
        chosen = Credentials.choose("collector:1", environment=environment, **given)
        assert header(chosen) == {"authorization": f"Bearer {expected}"}
        assert chosen.tls == Tls("ca.pem")
    by_file = Credentials.choose("localhost:1", environment={"DRIFTLINE_TOKEN_FILE": str(file)})
    assert header(by_file) == {"authorization": "Bearer of-file"}
    file.write_text("of-file-2")
    assert header(by_file) == {"authorization": "Bearer of-file-2"}
    assert header(Credentials.choose("collector:1", environment={})) == {}
    assert Credentials.choose("collector:1", tls=True, environment={}).tls == Tls()


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_token_is_sent_in_the_clear(target: str) -> None:
    with pytest.raises(InvalidArgumentError, match="would be sent in the clear") as caught:
        Client(target, model="m", token="canary")
    assert "canary" not in str(caught.value)
    assert Credentials.choose(target, token="t", tls=False, environment={}).tls is None
    assert Credentials.choose(target, token="t", tls=Tls(), environment={}).tls == Tls()


@pytest.mark.parametrize("target", LOCAL)
def test_but_for_this_machine(target: str) -> None:
    assert Credentials.choose(target, token="t", environment={}).tls is None


@pytest.mark.parametrize("token", ["", "two words", "new\nline", "é"])
def test_what_cannot_be_a_token_is_told_before_it_is_sent(token: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(token, encoding="utf-8")
    for credentials in (Credentials(token), Credentials(token_file=file)):
        with pytest.raises(InvalidArgumentError, match="a token must be printable ASCII"):
            credentials.metadata()
    with pytest.raises(InvalidArgumentError, match="absent cannot be read"):
        Credentials(token_file=tmp_path / "absent").metadata()


def test_a_token_is_never_shown() -> None:
    credentials = Credentials("canary-token")
    client = Client(model="m", token="canary-token")
    for shown in (repr(credentials), str(credentials), repr(client), f"{client}"):
        assert "canary" not in shown
    assert pickle.loads(pickle.dumps(credentials)) == credentials


def test_a_certificate_needs_its_key() -> None:
    with pytest.raises(InvalidArgumentError, match="go together"):
        Tls(certificate_file="client.pem")


def test_the_channel_is_made_anew_when_a_file_changes(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path, "other")
    connection = Connection("localhost:1", Credentials(tls=Tls(authority.path)))
    first = connection.channel()
    assert connection.channel() is first
    authority.path.write_bytes(other.path.read_bytes())
    second = connection.channel()
    assert second is not first
    authority.path.unlink()
    assert connection.channel() is second, "what cannot be read changes nothing"
    connection.close()
    with pytest.raises(InvalidArgumentError, match="cannot be read"):
        connection.channel()
    assert isinstance(second, grpc.Channel)
