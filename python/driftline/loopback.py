"""Which hosts are this machine."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether only processes of this machine reach what listens there, and nobody else reads what is sent there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
