"""The text formats of Prometheus, written as its own client writes them, in one go."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from prometheus_client import utils
from prometheus_client.samples import Exemplar

from driftline.exporters.families import SampleFamily

OPENMETRICS = "application/openmetrics-text"

_number: Callable[[float], str] = utils.floatToGoString
"""As the client writes numbers."""

_MOST_LABELS = 50_000
"""Sets of labels that are kept as text: several times a scrape's."""


def render(families: Iterable[SampleFamily], openmetrics: bool) -> str:
    """
    Return families as text, without the end mark of OpenMetrics.

    Parameters
    ----------
    families
        Of counters and gauges.
    openmetrics
        Whether it is OpenMetrics, which alone has exemplars, or the older format.
    """
    return "".join(part for family in families for part in _lines(family, openmetrics))


def _lines(family: SampleFamily, openmetrics: bool) -> list[str]:
    metric = family.metric
    series = f"{metric.name}_total" if family.is_counter else metric.name
    title = metric.name if openmetrics else series
    kind = "counter" if family.is_counter else "gauge"
    help_text = (_escaped if openmetrics else _escaped_help)(metric.help)
    lines = [f"# HELP {title} {help_text}\n# TYPE {title} {kind}\n"]
    names = metric.labels
    if not openmetrics or not family.exemplars:
        lines += [
            f"{series}{labels_text(names, labels)} {_number(value)}\n" for labels, value in family.samples
        ]
        return lines
    exemplars = family.exemplars
    lines += [
        f"{series}{labels_text(names, labels)} {_number(value)}{_exemplar(exemplars, labels)}\n"
        for labels, value in family.samples
    ]
    return lines


@lru_cache(maxsize=_MOST_LABELS)
def labels_text(names: tuple[str, ...], values: tuple[str, ...]) -> str:
    """Names and values as a series has them: sorted by name; nothing without any."""
    if not names:
        return ""
    pairs = sorted(zip(names, values, strict=True))
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in pairs) + "}"


def _exemplar(exemplars: Mapping[tuple[str, ...], Exemplar], labels: tuple[str, ...]) -> str:
    exemplar = exemplars.get(labels)
    if exemplar is None:
        return ""
    shown = labels_text(tuple(exemplar.labels), tuple(exemplar.labels.values()))
    return f" # {shown} {_number(exemplar.value)} {exemplar.timestamp}"


def _escaped(text: str) -> str:
    return _escaped_help(text).replace('"', '\\"')


def _escaped_help(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")
