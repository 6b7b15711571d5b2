"""What can go wrong, one small tree; the Rust core raises these too.

Every message says what was found, where, and what was expected.
"""


class DriftlineError(Exception):
    """Base of all errors that driftline raises."""


class InvalidBatchError(DriftlineError, ValueError):
    """A batch was refused whole: not Arrow, a type, role or value that cannot be taken. Sending it again is no use."""


class InvalidArgumentError(DriftlineError, ValueError):
    """A question or a setting that makes no sense."""


class ConfigurationError(DriftlineError, ValueError):
    """A configuration file with mistakes; the message lists all of them with their places."""


class NotFoundError(DriftlineError, LookupError):
    """No such model, version, column or baseline; the message lists the known ones."""


class LimitExceededError(DriftlineError):
    """More of something than the limits allow: bytes, rows, columns, segments."""


class FailedPreconditionError(DriftlineError):
    """Right in itself, but not in the present state, such as changing the window length of a model with data."""


class DamagedStateError(FailedPreconditionError):
    """Files of a data directory contradict each other; the message says which, and what can be done."""


class UnauthenticatedError(DriftlineError):
    """The caller has not shown who it is, or what it has shown is not valid or no longer."""


class PermissionDeniedError(DriftlineError):
    """The caller is known, and may not do this."""


class UnavailableError(DriftlineError, ConnectionError):
    """
    The collector cannot be reached, is stopping, overloaded, or cannot write to its disk. Try again.

    Parameters
    ----------
    message
        What is not available, and why.
    retry_after_seconds
        When to try again, where the collector says so.
    """

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class InternalError(DriftlineError):
    """A fault of driftline itself. Please report it with its message."""


class MissingExtraError(DriftlineError, ImportError):
    """An optional dependency is absent; the message names the extra to install."""
