from datetime import UTC, datetime
from pathlib import Path

import pytest

from driftline.config import CollectorConfig, load_config
from driftline.errors import ConfigurationError

HASH = "ab" * 32
PRINCIPALS = f"principals: [{{name: a, scopes: [query], tokens: [{{sha256: {HASH}}}]}}]\n"
TLS = "tls: {certificate: server.pem, private_key: server.key}\n"
MUTUAL_TLS = "tls: {certificate: server.pem, private_key: server.key, client_ca: ca.pem}\n"


def load(tmp_path: Path, text: str) -> CollectorConfig:
    path = tmp_path / "driftline.yaml"
    path.write_text(text)
    return load_config(path, {})


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "192.0.2.1", "metrics.example.com"])
@pytest.mark.parametrize("door", ["grpc_address", "http_address", "flight_address"])
@pytest.mark.parametrize("half", ["", TLS, PRINCIPALS], ids=["nothing", "tls alone", "principals alone"])
def test_no_door_is_open_to_strangers(tmp_path: Path, door: str, host: str, half: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, f'{door}: "{host}:1"\n{half}')
    message = str(caught.value)
    assert f"{door} {host}:1 can be reached from other machines" in message
    assert "insecure: true" in message


@pytest.mark.parametrize(
    "enough", ["insecure: true\n", TLS + PRINCIPALS, MUTUAL_TLS], ids=["insecure", "tokens", "mutual tls"]
)
def test_what_opens_a_door(tmp_path: Path, enough: str) -> None:
    config = load(tmp_path, f"grpc_address: 0.0.0.0:1\n{enough}")
    assert config.grpc_address == "0.0.0.0:1"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "[::1]", "localhost"])
def test_loopback_needs_nothing(tmp_path: Path, host: str) -> None:
    assert load(tmp_path, f'grpc_address: "{host}:1"').grpc_address == f"{host}:1"


def test_insecure_false_is_not_enough(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="other machines"):
        load(tmp_path, "grpc_address: 0.0.0.0:1\ninsecure: false\n")


def test_an_expiry_is_an_instant(tmp_path: Path) -> None:
    text = f"{{name: a, scopes: [query], tokens: [{{sha256: {HASH}, expires: %s}}]}}"
    for written in ("2027-01-01T00:00:00Z", "2027-01-01T01:00:00+01:00"):
        (principal,) = load(tmp_path, f"principals: [{text % written}]").principals
        assert principal.tokens[0].expires == datetime(2027, 1, 1, tzinfo=UTC)
    with pytest.raises(ConfigurationError, match=r"tokens\[0\]\.expires"):
        load(tmp_path, f"principals: [{text % 'soon'}]")


@pytest.mark.parametrize(
    "principal",
    [
        "{name: a, scopes: [query], tokens: [{sha256: canary-token}]}",
        "{name: a, scopes: [query], tokens: [canary-token]}",
        "{name: a, scopes: [query], tokens: canary-token}",
        "{name: a, scopes: [query], tokens: [{token: canary-token}]}",
        "canary-token",
    ],
)
def test_a_token_in_the_wrong_place_is_not_repeated(tmp_path: Path, principal: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, f"principals: [{principal}]")
    assert "principals[0]" in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("principals: [{name: a, scopes: []}]", r"principals\[0\]\.scopes: .* at least 1 item"),
        (
            "principals: [{name: a, scopes: [write]}]",
            r"principals\[0\]\.scopes.*'ingest', 'query' or 'control'",
        ),
        ("principals: [{name: a, scopes: [query]}]", "principal 'a' needs tokens or certificates"),
        (f"{PRINCIPALS[:-2]}, {PRINCIPALS[13:]}", "each name must be of one principal, got several of 'a'"),
        (
            f"{PRINCIPALS[:-2]}, {PRINCIPALS[13:].replace('name: a', 'name: b')}",
            "tokens of their own, got the same hash twice",
        ),
        (
            "principals: [{name: a, scopes: [query], certificates: [a.example]}]",
            "certificates of principal 'a' need tls.client_ca",
        ),
        ("principals: [{nam: a, scopes: [query]}]", r"principals\[0\]\.nam: .* did you mean 'name'"),
        (
            f"principals: [{{name: a, scopes: [query], tokens: [{{sha265: {HASH}}}]}}]",
            r"principals\[0\]\.tokens\[0\]\.sha265: no such setting; did you mean 'sha256'",
        ),
        (
            "tls: {certificate: a, private_kee: b}",
            "tls.private_kee: no such setting; did you mean 'private_key'",
        ),
        ("tls: {certificate: a}", "tls.private_key: Field required"),
    ],
)
def test_faults_are_told_with_their_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        load(tmp_path, text)


def test_three_tokens_are_too_many(tmp_path: Path) -> None:
    tokens = ", ".join(f"{{sha256: {digit * 64}}}" for digit in "abc")
    with pytest.raises(ConfigurationError, match="at most 2 items"):
        load(tmp_path, f"principals: [{{name: a, scopes: [query], tokens: [{tokens}]}}]")
