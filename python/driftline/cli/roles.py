"""The option ``--role``."""

from typing import Annotated, TypeAlias

import typer

RoleOptions: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--role", metavar="COLUMN=ROLE", help="Role of a column; may be given several times."),
]


def parse_roles(options: list[str] | None) -> dict[str, str]:
    """Column to role; anything but ``column=role`` is bad usage."""
    roles = {}
    for option in options or ():
        column, equals, role = option.rpartition("=")
        if not (column and equals and role):
            raise typer.BadParameter(f"must be COLUMN=ROLE, such as y_hat=prediction, got {option!r}")
        roles[column] = role
    return roles
