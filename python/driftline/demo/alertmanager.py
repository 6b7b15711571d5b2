"""An Alertmanager of the demo's own, where the machine has one."""

import contextlib
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import yaml

from driftline.demo.process import free_addresses
from driftline.errors import UnavailableError

PROGRAMS = ("alertmanager", "prometheus-alertmanager")
START_SECONDS = 30.0


def find_alertmanager() -> str | None:
    """The program, if it is on the path."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


@contextlib.contextmanager
def alertmanager(program: str, folder: Path, hook_url: str) -> Iterator[str]:
    """
    An Alertmanager that tells one webhook of everything; its address.

    Parameters
    ----------
    program
        Where it is.
    folder
        Gets its configuration, its state and its log.
    hook_url
        Address of the webhook.

    Raises
    ------
    UnavailableError
        If it ends or is not ready within 30 seconds.
    """
    config = folder / "alertmanager.yml"
    route = {"receiver": "hook", "group_by": ["..."], "group_wait": "0s", "group_interval": "1s"}
    receivers = [{"name": "hook", "webhook_configs": [{"url": hook_url}]}]
    config.write_text(yaml.safe_dump({"route": route, "receivers": receivers}))
    (address,) = free_addresses(1)
    log = folder / "alertmanager.log"
    command = [
        program,
        f"--config.file={config}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ]
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait_until_ready(process, f"http://{address}/-/ready", log)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait()


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with (
            contextlib.suppress(urllib.error.URLError, ConnectionError),
            urllib.request.urlopen(url, timeout=5),
        ):
            return
        time.sleep(0.05)
    raise UnavailableError(f"Alertmanager does not start: {log.read_text(errors='replace')[-500:]}")
