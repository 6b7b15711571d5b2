"""Who is known, and what they may do: the rules, without a door."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.security.conftest import Principal, sha256

from driftline.collector.access import ANYBODY, Access
from driftline.collector.grpc_access import OPEN_METHODS, SCOPES
from driftline.collector.query_access import _ANSWERS
from driftline.config import PrincipalConfig
from driftline.errors import PermissionDeniedError, UnauthenticatedError
from driftline.v1 import control_pb2, ingest_pb2, query_pb2

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def access(*principals: dict[str, object], **options: Any) -> Access:
    configured = tuple(PrincipalConfig.model_validate(each) for each in principals)
    return Access(configured, now=lambda: NOW, **options)


def test_a_token_is_known_by_its_hash(principal: Principal) -> None:
    known = access(principal("a", "ingest"), principal("b", "query"))
    assert known.identify(["Bearer token-of-a"], None).name == "a"
    assert known.identify(["bearer token-of-b"], None).name == "b"


@pytest.mark.parametrize(
    "given",
    [
        [],
        ["Bearer wrong"],
        ["Bearer "],
        ["Bearer"],
        ["token-of-a"],
        ["Basic token-of-a"],
        [f"Bearer {sha256('token-of-a')}"],
        ["Bearer token-of-a", "Bearer token-of-a"],
        ["Bearer \udcff"],
        ["Bearer token-of-a2"],
    ],
)
def test_anything_else_is_nobody(given: list[str], principal: Principal) -> None:
    with pytest.raises(UnauthenticatedError):
        access(principal("a", "ingest")).identify(given, None)


def test_one_token_takes_the_place_of_another(principal: Principal) -> None:
    tokens = [{"sha256": sha256("old"), "expires": NOW + timedelta(seconds=1)}, {"sha256": sha256("new")}]
    known = access(principal("a", "ingest", tokens=tokens))
    assert {known.identify([f"Bearer {token}"], None).name for token in ("old", "new")} == {"a"}


def test_a_token_ends(principal: Principal) -> None:
    known = access(principal("a", "ingest", tokens=[{"sha256": sha256("old"), "expires": NOW}]))
    with pytest.raises(UnauthenticatedError, match=r"the token of a expired at 2026-06-01T00:00:00\+00:00"):
        known.identify(["Bearer old"], None)


def test_all_tokens_are_compared_in_constant_time(
    principal: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[str, str]] = []

    def compare(one: str, other: str) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr("hmac.compare_digest", compare)
    known = access(*(principal(name, "ingest") for name in "abc"))
    assert known.identify(["Bearer token-of-a"], None).name == "a"
    assert compared == [(sha256("token-of-a"), sha256(f"token-of-{name}")) for name in "abc"]


def test_a_certificate_is_known_by_its_names(principal: Principal) -> None:
    known = access(
        principal("a", "ingest", tokens=[], certificates=["a.example"]),
        principal("b", "query"),
        asks_clients=True,
    )
    assert known.identify([], ("other.example", "a.example")).name == "a"
    assert known.identify(["Bearer token-of-b"], ("a.example",)).name == "b", "a token goes first"
    with pytest.raises(UnauthenticatedError, match=r"no principal has the certificate 'c\.example'"):
        known.identify([], ("c.example",))
    with pytest.raises(UnauthenticatedError, match="the token is not valid"):
        known.identify(["Bearer wrong"], ("a.example",))


def test_without_principals_a_certificate_is_enough_where_one_is_asked_for() -> None:
    assert access().identify([], None) is ANYBODY
    assert access().identify(["Bearer of-no-use"], None) is ANYBODY
    asked = access(asks_clients=True)
    assert asked.identify([], ("a.example",)).name == "a.example"
    assert asked.identify([], ()).scopes == ANYBODY.scopes
    with pytest.raises(UnauthenticatedError, match="a client certificate is needed"):
        asked.identify([], None)


def test_what_is_not_allowed_is_refused(principal: Principal) -> None:
    known = access(principal("a", "ingest", models=["m"])).identify(["Bearer token-of-a"], None)
    known.check_scope("ingest")
    known.check_model("m")
    with pytest.raises(PermissionDeniedError, match="needs the scope control, and a has ingest"):
        known.check_scope("control")
    for model in ("n", "", "M", "m "):
        with pytest.raises(PermissionDeniedError, match="a may do nothing with model"):
            known.check_model(model)
    with pytest.raises(PermissionDeniedError, match="about all models"):
        known.check_all_models()


def test_every_method_of_the_contract_has_a_scope() -> None:
    services = [
        service
        for file in (ingest_pb2, query_pb2, control_pb2)
        for service in file.DESCRIPTOR.services_by_name.values()
    ]
    methods = {f"/{service.full_name}/{method.name}" for service in services for method in service.methods}
    assert methods == SCOPES.keys()
    assert not methods & OPEN_METHODS
    assert len(methods) > 10


def test_every_question_says_which_models_it_is_about() -> None:
    """The check looks at the fields of a request, not inside of them."""
    messages = query_pb2.DESCRIPTOR.message_types_by_name
    requests = {name: message for name, message in messages.items() if name.endswith("Request")}
    about_all = {f"{method}Request" for method in _ANSWERS}
    assert len(requests) > len(about_all)
    for name, message in requests.items():
        kinds = [field.message_type for field in message.fields if field.message_type is not None]
        inner = [kind for kind in kinds if kind.name != "Selection"]
        assert not any("Selection" in str(field.message_type) for kind in inner for field in kind.fields), (
            name
        )
        assert ("selection" in message.fields_by_name) != (name in about_all), name
        models = [field.name for field in message.fields if "model" in field.name]
        assert models == [], f"{name} has models of its own: {models}"
