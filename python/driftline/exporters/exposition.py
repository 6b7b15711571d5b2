"""The answer to a scrape, in the format that the scraper asks for."""

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from driftline.exporters import protobuf_exposition, text_exposition
from driftline.exporters.prometheus import EngineCollector


class Exposition:
    """
    What ``/metrics`` says.

    Parameters
    ----------
    engine
        What is told of models and of the engine.
    others
        What other parts of the process tell, which is little.
    """

    def __init__(self, engine: EngineCollector, others: CollectorRegistry) -> None:
        self._engine = engine
        self._others = others

    def answer(self, accept: str) -> tuple[bytes, str]:
        """
        Return the body and its content type.

        Parameters
        ----------
        accept
            The scraper's header of that name.
        """
        if protobuf_exposition.is_preferred(accept):
            families = [family.to_client() for family in self._engine.families()]
            families.extend(self._others.collect())
            return protobuf_exposition.encode(
                families, self._engine.histograms()
            ), protobuf_exposition.CONTENT_TYPE
        encode, content_type = choose_encoder(accept)
        is_openmetrics = content_type.startswith(text_exposition.OPENMETRICS)
        own = text_exposition.render(self._engine.families(), is_openmetrics)
        # The end mark of OpenMetrics stands behind the others.
        return own.encode() + encode(self._others), content_type
