"""``driftline profile``."""

from pathlib import Path
from typing import Annotated

import typer

from driftline.cli.output import show
from driftline.cli.roles import RoleOptions, parse_roles


def profile(
    source: Annotated[str, typer.Argument(help="Data: Parquet, Arrow or CSV file, a directory, a glob.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the profile here, as Parquet.")
    ] = None,
    role: RoleOptions = None,
) -> None:
    """Profile data, to look at or to keep as a baseline."""
    from driftline.query import profile as profile_source

    made = profile_source(source, roles=parse_roles(role))
    show(made)
    if output is not None:
        made.save(output)
        show(f"written to {output}")
