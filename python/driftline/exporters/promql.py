"""Text of PromQL, the query language of Prometheus."""

from driftline.exporters.label_values import label_value


def quoted(text: str) -> str:
    r"""
    A string of PromQL.

    Examples
    --------
    >>> print(quoted('a "b"'))
    "a \"b\""
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def matching(metric: str, **labels: str) -> str:
    """
    The series of a metric whose labels have these values, as the exporter writes them.

    Examples
    --------
    >>> matching("driftline_feature_psi", model="fraud")
    'driftline_feature_psi{model="fraud"}'
    """
    inner = ",".join(f"{name}={quoted(label_value(value))}" for name, value in labels.items())
    return f"{metric}{{{inner}}}" if inner else metric


def seconds(duration: float) -> str:
    """
    A duration of PromQL in the largest unit that it is whole in.

    Examples
    --------
    >>> seconds(300), seconds(90), seconds(0.5), seconds(172800)
    ('5m', '90s', '500ms', '2d')
    """
    milliseconds = max(1, round(duration * 1_000))
    for unit, length in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)):
        if milliseconds % length == 0:
            return f"{milliseconds // length}{unit}"
    return f"{milliseconds}ms"
