"""What became of every record."""

import logging
from dataclasses import dataclass, field

logger = logging.getLogger("driftline.client")


@dataclass(frozen=True, slots=True)
class ClientStats:
    """
    Records of one client since its start, by what became of them.

    Every record that was logged or adopted is in exactly one of ``acknowledged``, ``dropped``, ``rejected`` and
    ``pending``.

    Attributes
    ----------
    sent
        Handed to the transport, once or more often.
    acknowledged
        Counted by the collector.
    dropped
        Never sent, or not known to have arrived: the queue was full, the client was closed, or a file of the spool
        is damaged.
    rejected
        Refused by the client or by the collector as wrong in themselves.
    pending
        Waiting, or sent and not yet acknowledged.
    spooled
        Those of the pending ones that are on disk: they outlive this client.
    adopted
        Found on disk at the start: an earlier client left them.
    resent_batches
        Batches, not records, that were sent once more, because a stream ended before the answer to them.
    """

    sent: int = 0
    acknowledged: int = 0
    dropped: int = 0
    rejected: int = 0
    pending: int = 0
    spooled: int = 0
    adopted: int = 0
    resent_batches: int = 0


@dataclass(slots=True)
class Ledger:
    """The running counts. Every change happens under the lock of the client's queue."""

    sent: int = 0
    acknowledged: int = 0
    dropped: int = 0
    rejected: int = 0
    pending: int = 0
    spooled: int = 0
    adopted: int = 0
    resent_batches: int = 0
    last_rejection: str | None = None
    _told: set[str] = field(default_factory=set)

    def stats(self) -> ClientStats:
        """The counts as they are now."""
        return ClientStats(
            sent=self.sent,
            acknowledged=self.acknowledged,
            dropped=self.dropped,
            rejected=self.rejected,
            pending=self.pending,
            spooled=self.spooled,
            adopted=self.adopted,
            resent_batches=self.resent_batches,
        )

    def drop(self, records: int, why: str, *, were_pending: bool) -> None:
        """Count records that go no further; logged once for each reason."""
        self.dropped += records
        if were_pending:
            self.pending -= records
        if self._is_news(f"drop {why}"):
            logger.warning(
                "records are dropped: %s (further ones for this reason are counted, not logged)", why
            )

    def reject(self, records: int, reason: str, message: str, *, were_pending: bool = True) -> None:
        """Count records that are wrong in themselves; logged once for each reason."""
        self.rejected += records
        if were_pending:
            self.pending -= records
        self.last_rejection = message
        if self._is_news(f"reject {reason}"):
            logger.warning(
                "%d record(s) were refused (%s): %s (further ones for this reason are counted, not logged)",
                records,
                reason,
                message,
            )

    def _is_news(self, reason: str) -> bool:
        if reason in self._told:
            return False
        self._told.add(reason)
        return True
