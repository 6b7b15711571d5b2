"""The audit log: who changed what, and who tried to."""

from collections.abc import Iterator
from contextlib import contextmanager

from driftline.exporters.label_values import label_value
from driftline.logs import AUDIT, get_logger

logger = get_logger(AUDIT)


@contextmanager
def control_call(principal: str, peer: str, method: str, model: str | None) -> Iterator[None]:
    """
    Log a call that changes something with its outcome: ``done``, or the kind of the error.

    Names from outside are shortened and rid of control characters, so that no line can be forged.

    Parameters
    ----------
    principal
        Who calls.
    peer
        From which address.
    method
        What for.
    model
        About which model; ``None``: about all.
    """
    outcome = "done"
    try:
        yield
    except BaseException as error:
        outcome = type(error).__name__
        raise
    finally:
        logger.info(
            "control call",
            principal=label_value(principal),
            peer=peer,
            method=method,
            model=label_value(model or ""),
            outcome=outcome,
        )


def refused_call(peer: str, method: str, reason: str) -> None:
    """Log a call that would change something whose caller was not let in."""
    logger.warning("control call refused", peer=peer, method=label_value(method), reason=label_value(reason))
