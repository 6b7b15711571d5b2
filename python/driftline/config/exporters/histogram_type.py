"""How histograms are written in documents."""

from typing import Literal, TypeAlias

HistogramType: TypeAlias = Literal["histogram", "exponential_histogram", "object", "none"]
"""
``histogram``: values and counts, the type of that name of Elasticsearch; ``exponential_histogram``: the buckets
themselves, for servers that know that type; ``object``: values and counts for servers that know neither, OpenSearch
say; ``none``.
"""
