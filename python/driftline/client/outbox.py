"""What is to be sent as one producer: a client's own batches, or those that an earlier one left on disk."""

import threading
from dataclasses import dataclass

from driftline.client.ledger import Ledger
from driftline.client.producer import Producer
from driftline.client.spool_folder import SpoolFolder
from driftline.client.window import Window


@dataclass(frozen=True, slots=True)
class Outbox:
    """
    A window and whose it is.

    Attributes
    ----------
    producer
        As whom its batches are sent.
    window
        The batches.
    is_left
        Whether an earlier client left it: nothing comes into it any more.
    folder
        Where its batches lie, if they were left.
    """

    producer: Producer
    window: Window
    is_left: bool = False
    folder: SpoolFolder | None = None


def left_outbox(folder: SpoolFolder, changed: threading.Condition, ledger: Ledger) -> Outbox:
    """The batches of an adopted folder."""
    window = Window(changed, ledger, folder)
    for file, content in folder.files():
        window.adopt(file.sequence, file.records, content)
    return Outbox(folder.producer, window, is_left=True, folder=folder)
