"""What an answer was compared with."""

from dataclasses import dataclass

from driftline.query.results.values import Coverage
from driftline.v1 import selection_pb2


@dataclass(frozen=True)
class Compared:
    """What records were compared with.

    Attributes
    ----------
    name : str
        Name of the baseline, or ``records``.
    fingerprint : str
        Of a baseline: hash of the data it was made of, 32 hexadecimal digits. Equal for equal data, in whatever order
        and wherever they were profiled; empty for records, which may still change.
    versions : tuple of str
        Versions of the model whose records they are, as far as is known.
    coverage : Coverage
        The windows and records; of a baseline: as it was made.
    """

    name: str
    fingerprint: str
    versions: tuple[str, ...]
    coverage: Coverage

    @classmethod
    def from_proto(cls, message: selection_pb2.Compared) -> "Compared":
        """From the wire."""
        coverage = Coverage.from_proto(message.coverage)
        return cls(message.name, message.fingerprint, tuple(message.versions), coverage)

    def __str__(self) -> str:
        return self.name
