import pytest

from driftline.config.address import join_address, split_address


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [("127.0.0.1:7571", "127.0.0.1", 7571), ("localhost:0", "localhost", 0), ("[::1]:80", "::1", 80)],
)
def test_an_address_is_split_and_joined(address: str, host: str, port: int) -> None:
    assert split_address(address) == (host, port)
    assert join_address(host, port) == address


@pytest.mark.parametrize(
    "address", ["localhost", ":80", "::1:80", "a:", "a:http", "a:65536", "a:-1", "a:8\uff10"]
)
def test_anything_else_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"address is host:port|port must be a number"):
        split_address(address)
