"""Who sends, as every request says it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Producer:
    """
    One life of one client: its batches are numbered from 1.

    Attributes
    ----------
    producer_id
        Unique name, at most 128 bytes.
    epoch
        Nanoseconds since 1970 at its start: higher than that of any earlier life under the same name.
    model, version
        What made the predictions.
    """

    producer_id: str
    epoch: int
    model: str
    version: str
