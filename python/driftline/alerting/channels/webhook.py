"""The channel to any HTTP address."""

import time
from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr

from driftline.alerting.channel import Channel, Notification
from driftline.alerting.channels.json_sender import JsonSender, bearer, to_bytes, url_of
from driftline.alerting.channels.signature import DELIVERY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from driftline.alerting.channels.webhook_body import webhook_body
from driftline.config.alerting.channels import WebhookConfig
from driftline.config.secret import reveal


class WebhookChannel(Channel):
    """
    Posts what Alertmanager's webhooks post, signed if there is a key.

    Parameters
    ----------
    name
        As the configuration calls it.
    config
        Its settings.
    external_url
        Where people find more.
    clock
        Seconds since the Unix epoch.
    """

    def __init__(
        self,
        name: str,
        config: WebhookConfig,
        external_url: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.name = name
        self._sender = JsonSender(name, config.timeout_seconds)
        self._config = config
        self._external_url = external_url
        self._clock = clock

    def send(self, notification: Notification) -> str:
        """Post it."""
        config = self._config
        body = to_bytes(webhook_body(notification, config.max_alerts, self._external_url))
        headers = {DELIVERY_HEADER: notification.id, **bearer(self.name, config)}
        headers |= signed(self.name, config.signing_key, config.signing_key_file, body, self._clock())
        return self._sender.post(url_of(self.name, config), body, headers=headers)

    def check(self) -> None:
        """Find out the address, the token and the key."""
        config = self._config
        url_of(self.name, config)
        bearer(self.name, config)
        signed(self.name, config.signing_key, config.signing_key_file, b"", self._clock())

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()


def signed(name: str, key: SecretStr | None, file: Path | None, body: bytes, now: float) -> dict[str, str]:
    """The headers of the signature, if there is a key; ConfigurationError if it cannot be found."""
    if key is None and file is None:
        return {}
    timestamp = int(now)
    secret = reveal(f"{name}: signing_key", key, file).encode()
    return {TIMESTAMP_HEADER: str(timestamp), SIGNATURE_HEADER: sign(secret, timestamp, body)}
