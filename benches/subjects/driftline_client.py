"""driftline's client in the serving process, with a collector running beside it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benches.data import read_records
from driftline.client import Client


@dataclass(frozen=True)
class Logging:
    """Logs prepared records one by one."""

    client: Client
    prepared: list[dict[str, Any]]

    def __call__(self) -> dict[str, Any]:
        """The part that the serving process waits for."""
        log = self.client.log
        for features in self.prepared:
            log(features)
        return {"records": len(self.prepared)}

    def settle(self) -> None:
        """Wait until everything has arrived: records that are dropped would be cheap."""
        if not self.client.flush(60.0) or self.client.stats.dropped or self.client.stats.rejected:
            raise RuntimeError(f"not everything arrived: {self.client.stats}")


def records(case: str, folder: Path, rows: int, target: str) -> Logging:
    """Time ``Client.log`` alone, while its sender works beside it."""
    client = Client(target, model="bench", version="1", queue_records=2 * rows)
    return Logging(client, read_records(folder, case, rows))
