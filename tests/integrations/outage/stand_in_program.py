"""Destinations that can be killed, where no real program is to be had; they write down what they take, a line each.

``python -m tests.integrations.outage.stand_in_program webhook PORT FILE`` and ``... dogstatsd SOCKET FILE``.
"""

import json
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path

from tests.alerting.receiver import Answer, Receiver, Request
from tests.exporters.dogstatsd_parser import Sample, parse_packet

LARGEST_PACKET = 65_536


def webhook(port: int, file: Path) -> None:
    """Takes notifications; each is written down before it is answered."""
    lock = threading.Lock()

    def take(request: Request) -> Answer:
        body = json.loads(request.body)
        line = {"delivery": request.headers["x-driftline-delivery"], "alerts": body["alerts"]}
        with lock, file.open("a") as output:
            output.write(json.dumps(line) + "\n")
        return Answer()

    with Receiver(take, port):
        threading.Event().wait()


def dogstatsd(path: Path, file: Path) -> None:
    """Takes packets as an agent does, and ends at the first one that an agent would not take."""
    with suppress(FileNotFoundError):
        path.unlink()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening, file.open("a") as output:
        listening.bind(str(path))
        while True:
            for each in parse_packet(listening.recv(LARGEST_PACKET)):
                if isinstance(each, Sample):
                    line = {
                        "name": each.name,
                        "values": each.values,
                        "kind": each.kind,
                        "time": each.timestamp,
                    }
                    output.write(json.dumps(line | {"tags": each.tags}) + "\n")
            output.flush()


if __name__ == "__main__":
    kind, where, file_name = sys.argv[1:]
    if kind == "webhook":
        webhook(int(where), Path(file_name))
    else:
        dogstatsd(Path(where), Path(file_name))
