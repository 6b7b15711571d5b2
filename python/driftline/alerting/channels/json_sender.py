"""Sends JSON to one HTTP address, which may change from one time to the next."""

import json
from collections.abc import Mapping
from typing import Any

from driftline.config.alerting.channels.channel import BearerConfig, UrlConfig
from driftline.config.secret import reveal
from driftline.delivery import HttpDestination

_SAID_CHARACTERS = 200


class JsonSender:
    """
    Sends over connections that are kept as long as the address stays: as a secret it is found out anew each time.

    Parameters
    ----------
    name
        Of the channel, for errors.
    timeout_seconds
        Longest that one request may take.
    """

    def __init__(self, name: str, timeout_seconds: float) -> None:
        self._name = name
        self._timeout_seconds = timeout_seconds
        self._destination: tuple[str, HttpDestination] | None = None

    def post(self, url: str, body: Any, path: str = "", headers: Mapping[str, str] | None = None) -> str:
        """
        Send JSON, or bytes as they are; what the destination said, in a line.

        Raises
        ------
        DestinationUnavailableError
            If it is worth a later attempt.
        DestinationRefusedError
            If it will never be taken.
        """
        sent = body if isinstance(body, bytes) else to_bytes(body)
        all_headers = {"Content-Type": "application/json", **(headers or {})}
        answer = self._to(url).post(sent, path=path, headers=all_headers)
        text = " ".join(answer.text.split())[:_SAID_CHARACTERS]
        return f"{answer.status_code} {text}".strip()

    def get(self, url: str, path: str, headers: Mapping[str, str] | None = None) -> Any:
        """Ask for JSON; errors are those of :meth:`post`."""
        return self._to(url).get(path, headers=headers).json()

    def close(self) -> None:
        """Close the connections."""
        if self._destination is not None:
            self._destination[1].close()

    def _to(self, url: str) -> HttpDestination:
        if self._destination is None or self._destination[0] != url:
            self.close()
            made = HttpDestination(url.rstrip("/"), self._name, timeout_seconds=self._timeout_seconds)
            self._destination = (url, made)
        return self._destination[1]


def to_bytes(body: Any) -> bytes:
    """JSON in UTF-8."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def url_of(name: str, config: UrlConfig) -> str:
    """The address of a channel; ConfigurationError if it cannot be found."""
    return reveal(f"{name}: url", config.url, config.url_file)


def bearer(name: str, config: BearerConfig) -> dict[str, str]:
    """The header that says who sends, if there is a token; ConfigurationError if it cannot be found."""
    if config.token is None and config.token_file is None:
        return {}
    return {"Authorization": f"Bearer {reveal(f'{name}: token', config.token, config.token_file)}"}
