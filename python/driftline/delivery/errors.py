"""Why something was not delivered."""

from driftline.errors import DriftlineError


class DestinationError(DriftlineError):
    """Another system has not taken what it was sent."""


class DestinationUnavailableError(DestinationError):
    """
    It cannot be reached, or cannot take it now: worth another attempt.

    Parameters
    ----------
    message
        What happened, without secrets.
    retry_after_seconds
        When to try again, where it says so.
    """

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class DestinationRefusedError(DestinationError):
    """It will never take this, however often it is sent."""
