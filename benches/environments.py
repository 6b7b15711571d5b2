"""Virtual environments of the peers, made when first needed."""

import hashlib
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Environment:
    """A Python that has a subject installed, or the reason why there is none."""

    python: Path | None
    reason: str = ""


def own() -> Environment:
    """The environment that the harness itself runs in: driftline's."""
    return Environment(Path(sys.executable))


def peers(name: str) -> Environment:
    """The environment ``.venv-<name>`` with the packages of ``<name>.txt``, made or renewed if they changed."""
    requirements = HERE / f"{name}.txt"
    folder = HERE / f".venv-{name.removeprefix('peers-')}"
    stamp = folder / "requirements.sha256"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    python = folder / "bin" / "python"
    if not (stamp.exists() and stamp.read_text() == digest):
        failure = _make(folder, python, requirements)
        if failure:
            shutil.rmtree(folder, ignore_errors=True)
            return Environment(None, failure)
        stamp.write_text(digest)
    return Environment(python)


def _make(folder: Path, python: Path, requirements: Path) -> str:
    """Make the environment; return why it failed, or nothing."""
    print(f"installing {requirements.name} into {folder.name} (once) ...", file=sys.stderr)
    venv.create(folder, with_pip=True, clear=True)
    command = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
        str(requirements),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode == 0:
        return ""
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    return lines[-1] if lines else f"pip ended with exit code {result.returncode}"
