"""``driftline compare``."""

from typing import Annotated

import typer

from driftline.cli.output import show
from driftline.cli.roles import RoleOptions, parse_roles


def compare(
    reference: Annotated[
        str, typer.Argument(help="What to compare with: data, or a profile that was written.")
    ],
    current: Annotated[str, typer.Argument(help="What may have drifted: data, or a profile.")],
    column: Annotated[
        list[str] | None, typer.Option(help="Only this column; may be given several times.")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            help="psi, ks, jensen_shannon, wasserstein, chi_square, which are shown if none is given, hellinger, kl, "
            "total_variation, l_infinity, g_test, cramers_v, normalized_wasserstein, mean_shift, null_rate, "
            "unseen_rate; may be given several times."
        ),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            help="Whose definitions of the metrics: driftline, evidently, nannyml, scouter or whylogs.",
            show_default="driftline",
        ),
    ] = None,
    bins: Annotated[
        int,
        typer.Option(
            min=1, help="How many bins to name of each column that moved more than chance moves it."
        ),
    ] = 3,
    quality: Annotated[
        bool,
        typer.Option(
            "--quality",
            help="Show what the values are like instead: nulls, NaN, infinities, ranges, unseen categories, constants, "
            "distinct values, columns that changed.",
        ),
    ] = False,
    role: RoleOptions = None,
) -> None:
    """Show how far the columns of data have moved from those of other data."""
    from driftline.query import compare as compare_sources
    from driftline.query import compare_quality

    if quality:
        show(compare_quality(reference, current, columns=column, roles=parse_roles(role)))
        return
    show(
        compare_sources(
            reference,
            current,
            columns=column,
            metrics=metric,
            recipe=recipe,
            bins=bins,
            roles=parse_roles(role),
        )
    )
