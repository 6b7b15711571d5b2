import re

from hypothesis import given
from hypothesis import strategies as st

from driftline.storage.names import file_name

texts = st.text(st.characters(), max_size=300)


@given(texts)
def test_a_file_name_is_safe_on_every_file_system(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9_%~-]{1,120}", file_name(text))


@given(texts, texts)
def test_different_texts_have_different_file_names(one: str, other: str) -> None:
    assert (file_name(one) == file_name(other)) == (one == other)


def test_plain_names_stay_readable() -> None:
    assert file_name("flight-delay_2") == "flight-delay_2"
    assert file_name("../Etc") == "%2e%2e%2f%45tc"
    assert file_name("x" * 200) != file_name("x" * 201)
