"""What a command is told, as files."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NOTIFICATION_VARIABLE = "DRIFTLINE_NOTIFICATION"
REPORT_VARIABLE = "DRIFTLINE_REPORT"


@contextmanager
def evidence_folder(
    body: Mapping[str, Any], report: str | None = None
) -> Iterator[tuple[Path, dict[str, str]]]:
    """
    A folder that exists while the command runs.

    Parameters
    ----------
    body
        Becomes ``notification.json``.
    report
        A page, which becomes ``report.html``.

    Yields
    ------
    tuple
        The path of ``notification.json``, and the variables of the environment that lead to the files.
    """
    with tempfile.TemporaryDirectory(prefix="driftline-") as folder:
        notification = Path(folder) / "notification.json"
        notification.write_text(json.dumps(body, ensure_ascii=False, allow_nan=False), "utf-8", "replace")
        variables = {NOTIFICATION_VARIABLE: str(notification)}
        if report is not None:
            page = Path(folder) / "report.html"
            page.write_text(report, "utf-8", "replace")
            variables[REPORT_VARIABLE] = str(page)
        yield notification, variables
