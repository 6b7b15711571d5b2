"""An alert that says of itself that it is a test."""

from datetime import UTC, datetime, timedelta

from driftline.alerting.alert import Alert, AlertStatus


def sample_alert(status: AlertStatus, now: datetime | None = None) -> Alert:
    """
    Make an alert for trying a channel out; both statuses are of the same alert.

    Parameters
    ----------
    status
        ``firing`` or ``resolved``.
    now
        When it begins; a second later it ends.
    """
    started = now or datetime.now(UTC)
    return Alert(
        rule="DriftlineTest",
        labels={"alertname": "DriftlineTest", "model": "driftline-test", "version": "1", "severity": "info"},
        annotations={
            "summary": "This is a test",
            "description": "driftline alerts send-test sent this; nothing is wrong.",
        },
        status=status,
        starts_at=started,
        ends_at=started + timedelta(seconds=1) if status == "resolved" else None,
        value=1.0,
        evidence={"test": True},
    )
