"""What conditions come to together: nothing that is not known is taken for false."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from driftline.alerting.verdict import (
    Subject,
    Verdict,
    Verdicts,
    all_of,
    any_of,
    every,
    negate,
    some,
    together,
    unknown,
)

NO, YES, NOT_KNOWN = Verdict(False, False), Verdict(True, True), unknown("no baseline")
# What fires keeps: not all pairs are verdicts.
PAIRS = [(True, True), (False, True), (False, False), (None, None), (None, True), (False, None)]
VERDICT = st.sampled_from(PAIRS).map(lambda pair: Verdict(*pair))
AMOUNT: Subject = (("feature", "amount"),)
AGE: Subject = (("feature", "age"),)


def test_unknown_is_neither_true_nor_false() -> None:
    assert all_of([NO, NOT_KNOWN]).fires is False
    assert all_of([YES, NOT_KNOWN]).fires is None
    assert any_of([YES, NOT_KNOWN]).fires is True
    assert any_of([NO, NOT_KNOWN]).fires is None
    assert any_of([NO, NOT_KNOWN]).reason == "no baseline"
    assert negate(Verdicts({(): NOT_KNOWN})).by_subject[()].fires is None


@given(st.lists(VERDICT, min_size=1, max_size=5))
def test_what_fires_keeps(verdicts: list[Verdict]) -> None:
    for joined in (
        all_of(verdicts),
        any_of(verdicts),
        negate(Verdicts({(): all_of(verdicts)})).by_subject[()],
    ):
        assert not (joined.fires is True and joined.keeps is not True)
        assert not (joined.keeps is False and joined.fires is not False)


@given(st.lists(VERDICT, min_size=1, max_size=5))
def test_de_morgan(verdicts: list[Verdict]) -> None:
    opposite = negate(Verdicts({(): all_of(verdicts)})).by_subject[()]
    negated = any_of([negate(Verdicts({(): each})).by_subject[()] for each in verdicts])
    assert (opposite.fires, opposite.keeps) == (negated.fires, negated.keeps)


def test_what_is_about_everything_goes_for_each_thing() -> None:
    each = Verdicts({AMOUNT: YES, AGE: NO})
    for whole, expected in ((YES, {AMOUNT: True, AGE: False}), (NOT_KNOWN, {AMOUNT: None, AGE: False})):
        found = every([each, Verdicts({(): whole})]).by_subject
        assert {subject: verdict.fires for subject, verdict in found.items()} == expected


def test_a_thing_that_one_side_knows_nothing_of_is_not_known() -> None:
    found = every([Verdicts({AMOUNT: YES}), Verdicts({AMOUNT: YES, AGE: YES})]).by_subject
    assert {subject: verdict.fires for subject, verdict in found.items()} == {AMOUNT: True, AGE: None}
    assert "age" in found[AGE].reason


def test_what_a_list_does_not_name_is_false_where_the_list_is_whole() -> None:
    named = Verdicts({AMOUNT: YES}, others=NO)
    neither = some([named, Verdicts({AGE: YES}, others=NO)]).of((("feature", "city"),))
    assert neither == NO
    assert every([named, Verdicts({(): YES})]).others is not None
    assert every([named, Verdicts({AGE: YES})]).others is None


def test_together_is_the_worst_with_all_names() -> None:
    high, low = Verdict(True, True, value=0.9, limit=0.2), Verdict(True, True, value=0.3, limit=0.2)
    joined = together(Verdicts({AMOUNT: low, AGE: high, (("feature", "city"),): NO})).by_subject[()]
    assert (joined.fires, joined.value, joined.what) == (True, 0.9, ("amount", "age"))
    assert joined.evidence["what_count"] == 2
    assert together(Verdicts({AMOUNT: NO, AGE: NOT_KNOWN})).by_subject[()].fires is None
    assert together(Verdicts({}, others=NO)).by_subject[()].fires is False


def test_all_pairs_are_joined_by_kleene() -> None:
    for one, other in product(PAIRS, PAIRS):
        joined = all_of([Verdict(*one), Verdict(*other)])
        values = {one[0], other[0]}
        assert joined.fires is (False if False in values else None if None in values else True)
