"""Stand-ins as programs of their own, which can be killed, and the files that they write."""

import json
import sys
from pathlib import Path
from typing import Any

from tests.integrations.conftest import RunProgram

ROOT = Path(__file__).parents[3]


class StandIn:
    """
    One that runs as soon as it is made.

    Parameters
    ----------
    run_program
        Starts it.
    kind, where
        What it is, and its port or socket.
    file
        What it writes into.
    """

    def __init__(self, run_program: RunProgram, kind: str, where: str, file: Path) -> None:
        self._file = file
        module = "tests.integrations.outage.stand_in_program"
        self.program = run_program(
            sys.executable, "-m", module, kind, where, file, PYTHONPATH=f"{ROOT}:{ROOT / 'python'}"
        )

    def lines(self) -> list[dict[str, Any]]:
        """What it has taken; a last line that is not complete was not answered either."""
        text = self._file.read_text("utf-8") if self._file.exists() else ""
        return [json.loads(line) for line in text.split("\n")[:-1]]
