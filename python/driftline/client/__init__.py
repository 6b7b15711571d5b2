"""The client: what a serving process uses to send its records, without ever waiting for them."""

from driftline.client.client import Client
from driftline.client.ledger import ClientStats

__all__ = ["Client", "ClientStats"]
