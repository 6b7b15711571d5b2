"""``driftline sample-resources``."""

import socket
from pathlib import Path
from typing import Annotated

import typer

from driftline.cli.output import show


def sample_resources(
    target: Annotated[str, typer.Argument(help="The collector, host:port.")] = "127.0.0.1:7571",
    model: Annotated[
        str | None,
        typer.Option(help="Name of the model that records are of; host/ and the name if not given."),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Name of this machine; its own if not given.")] = None,
    interval_seconds: Annotated[float, typer.Option(help="Time between two readings.")] = 10.0,
    process: Annotated[
        list[int] | None, typer.Option(help="Id of a process to be read, too; may be given several times.")
    ] = None,
    gpu: Annotated[
        bool | None, typer.Option("--gpu/--no-gpu", help="Read GPUs; if there are any, if not given.")
    ] = None,
    disk_path: Annotated[Path, typer.Option(help="On the disk whose filling is told.")] = Path("/"),
    count: Annotated[int | None, typer.Option(help="Stop after so many readings.")] = None,
    token_file: Annotated[Path | None, typer.Option(help="File with the bearer token.")] = None,
) -> None:
    """Send what CPU, memory, network, disk and GPUs of this machine do to a collector, until Ctrl-C."""
    from driftline.client import Client
    from driftline.resources import Sampler

    name = host or socket.gethostname()
    with Client(target, model=model or f"host/{name}", token_file=token_file) as client:
        sampler = Sampler(
            client,
            host=name,
            interval_seconds=interval_seconds,
            processes=process or (),
            gpus=gpu,
            disk_path=str(disk_path),
        )
        try:
            sampler.run(count)
        except KeyboardInterrupt:
            pass
        finally:
            sampler.close()
        client.flush(10)
        stats = client.stats
    show(f"{stats.acknowledged} records sent to {target}")
    if stats.dropped or stats.rejected or stats.pending:
        raise typer.Exit(1)
