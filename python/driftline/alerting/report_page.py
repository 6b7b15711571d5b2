"""A model's report as a page, for who is told of an alert."""

from datetime import datetime

from driftline.alerting.channels.retrain import MakeReport
from driftline.query import Monitor


def report_pages(monitor: Monitor) -> MakeReport:
    """
    What makes reports.

    Parameters
    ----------
    monitor
        Answers the questions.

    Returns
    -------
    callable
        Takes the model, the version or ``None`` for all, and the end of the range of event time; returns the page.
    """

    def page(model: str, version: str | None, end: datetime) -> str:
        return monitor.report(model=model, version=version, end=end).to_html()

    return page
