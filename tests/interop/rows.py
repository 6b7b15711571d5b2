"""Snapshot rows of the column ``x`` with sketches of others in them."""

from collections.abc import Mapping

import pyarrow as pa

from driftline.query import Profile


def with_bytes(profile: Profile, sketches: Mapping[str, bytes | None]) -> Profile:
    """The profile with other bytes in these columns of the row of ``x``."""
    rows = profile.to_arrow()
    is_x = [name == "x" for name in rows["column"].to_pylist()]
    assert any(is_x)
    for column, value in sketches.items():
        old = rows[column].to_pylist()
        new = [value if replaced else kept for replaced, kept in zip(is_x, old, strict=True)]
        at = rows.schema.get_field_index(column)
        rows = rows.set_column(at, rows.schema.field(at), pa.chunked_array([pa.array(new, pa.binary())]))
    return Profile(rows)
