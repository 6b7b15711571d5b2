from datetime import datetime

import pytest

from driftline.errors import InvalidArgumentError
from driftline.query import Selection


def test_what_is_not_given_is_not_sent() -> None:
    message = Selection("delays").to_proto()
    assert message.model == "delays"
    assert not message.HasField("version")
    assert not message.HasField("start_unix_nanos")
    assert not message.HasField("end_unix_nanos")
    assert not message.segment


def test_the_empty_version_and_the_epoch_are_sent() -> None:
    message = Selection("delays", version="", start=0).to_proto()
    assert message.HasField("version")
    assert message.HasField("start_unix_nanos")


def test_segment_values_become_text() -> None:
    message = Selection("delays", segment={"carrier": "AA", "gate": 7, "night": True}).to_proto()
    assert dict(message.segment) == {"carrier": "AA", "gate": "7", "night": "true"}


def test_a_range_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="start must be before end, got 2013-02-01 and 2013-01-01"):
        Selection("delays", start="2013-02-01", end=datetime(2013, 1, 1)).to_proto()
