from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from driftline.client.batch_builder import BatchBuilder

values = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.binary(max_size=3)
    | st.lists(st.integers(), max_size=2)
)
features = st.dictionaries(st.sampled_from(["a", "b", "c"]), values, max_size=3)
chunks = st.lists(st.tuples(features, values, values), min_size=1, max_size=8)


def same(sent: Any, logged: Any) -> bool:
    """Equal up to a boolean or a whole number that stands among fractions."""
    if isinstance(sent, float) and isinstance(logged, int):
        return sent == float(logged)
    return type(sent) is type(logged) and sent == logged


@given(st.lists(chunks, max_size=4))
def test_every_record_is_in_the_batch_as_it_was_or_refused(chunks: list[list[Any]]) -> None:
    builder = BatchBuilder(lambda _: [])
    for chunk in chunks:
        refused: list[int] = []
        records = [
            (features, prediction, None, label, row, None, 0)
            for row, (features, prediction, label) in enumerate(chunk)
        ]
        batch = builder.build(records, lambda count, _: refused.append(count))  # noqa: B023 (called within)
        rows = batch.to_pylist() if batch is not None else []
        assert len(rows) + sum(refused) == len(chunk)
        for row in rows:
            logged, prediction, label = chunk[int(row["prediction_id"])]
            given_values = logged | {"prediction": prediction, "label": label}
            assert all(same(row.get(name), value) for name, value in given_values.items())


def test_the_schema_stays_when_a_column_comes_and_goes() -> None:
    builder = BatchBuilder(lambda _: [])
    schemas = []
    for features in ({"a": 1.0, "b": "x"}, {"a": 2}, {"b": None}, {"b": "y", "a": None}):
        batch = builder.build([(features, 1, None, None, None, None, 0)], fail)
        assert batch is not None
        schemas.append(batch.schema)
    assert all(schema.equals(schemas[0], check_metadata=True) for schema in schemas)


def fail(_: int, message: str) -> None:
    raise AssertionError(message)
