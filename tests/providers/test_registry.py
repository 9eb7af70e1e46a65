"""``providers.yaml``: accepted, refused by line, and read by role."""

from pathlib import Path

import pytest

from domain.vocabulary import NoticeKind, PointOfIdentity
from providers.registry import (
    InvalidFile,
    ProtocolKind,
    Provider,
    directive_for,
    load_registry,
    minimal_locators,
)
from tests.providers.support import registry_text

MAIL = "{protocol: mail, address: privacy@acme.example}"
SAMPLE = Path("samples/providers/providers.yaml")
EVERY_POINT = {kind: f"value of {kind}" for kind in PointOfIdentity}


def provider(**changes: object) -> Provider:
    """Return the plain service provider, changed."""
    plain = load_registry(registry_text(MAIL), "p.yaml", {}).providers[0]
    return Provider.model_validate({**plain.model_dump(), **changes})


def problems(text: str) -> str:
    """Return what the loader says against ``text``."""
    with pytest.raises(InvalidFile) as caught:
        load_registry(text, "p.yaml", {})
    return str(caught.value)


def test_the_sample_registry_loads_with_the_stacks_addresses() -> None:
    """The shipped file is valid once the stack has said where its sample providers stand."""
    addresses = {
        "SAMPLE_WEBHOOK_URL": "http://127.0.0.1:9101/directions",
        "SAMPLE_MAILBOX_ADDRESS": "privacy@postbird.example",
    }
    registry = load_registry(SAMPLE.read_text(), str(SAMPLE), addresses)
    protocols = {one.id: one.protocol for one in registry.providers}
    assert protocols == {
        "acme-analytics": ProtocolKind.STANDARD_WEBHOOKS,
        "postbird": ProtocolKind.MAIL,
    }


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("kind: service_provider", "kind: servant"), "p.yaml:4: providers.0.kind"),
        (("email,", "fax,"), "p.yaml:6: providers.0.identifiers"),
        (("id: acme", "id: outside"), "names another stream"),
        (("id: acme", "id: Acme.1"), "p.yaml:2: providers.0.id"),
        (("protocol: mail", "protocol: pigeon"), "p.yaml:8: providers.0.channel"),
        (("    name: Acme\n", ""), "p.yaml:2: providers.0.name: Field required"),
        (("holds:", "keeps:"), "p.yaml:5: providers.0.keeps"),
        (("terms: [", "terms: [["), "not valid YAML"),
        (("name: Acme", "id: acme"), "not valid YAML"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(change: tuple[str, str], complaint: str) -> None:
    """The person who wrote the file is told where to look and what is wrong there."""
    assert complaint in problems(registry_text(MAIL).replace(*change, 1))


def test_a_secret_in_the_file_is_refused_without_repeating_it() -> None:
    """Secrets stand in the environment or a file; the refusal does not print what was pasted."""
    channel = "{protocol: standard_webhooks, endpoint: 'https://a.example', signing_secrets: [X]}"
    told = problems(registry_text(channel.replace("X", "whsec_c2VjcmV0")))
    assert "env:NAME or file:PATH" in told
    assert "c2VjcmV0" not in told


@pytest.mark.parametrize(
    "endpoint", ["ftp://a.example", "a.example/x", "https://user:pw@a.example", "env:UNSET"]
)
def test_an_endpoint_must_be_a_plain_http_address(endpoint: str) -> None:
    """An address that could not be called, or that hides a password, is refused at load."""
    channel = f"{{protocol: standard_webhooks, endpoint: '{endpoint}', signing_secrets: ['env:S']}}"
    assert "p.yaml:8: providers.0.channel" in problems(registry_text(channel))


def test_two_providers_of_one_id_are_refused() -> None:
    """An id names a stream, so it must be the only one."""
    twice = registry_text(MAIL) + registry_text(MAIL).removeprefix("providers:\n")
    assert "the same id stands twice: acme" in problems(twice)


@pytest.mark.parametrize(
    ("kind", "terms_missing", "sold", "notice"),
    [
        ("service_provider", False, False, NoticeKind.PROVIDER_DIRECTION),
        ("contractor", False, False, NoticeKind.PROVIDER_DIRECTION),
        ("affiliate", False, False, NoticeKind.PROVIDER_DIRECTION),
        ("service_provider", True, False, NoticeKind.THIRD_PARTY_NOTICE),
        ("affiliate", True, False, NoticeKind.THIRD_PARTY_NOTICE),
        ("third_party", False, True, NoticeKind.THIRD_PARTY_NOTICE),
        ("third_party", False, False, None),
    ],
)
def test_the_role_decides_the_notice(
    kind: str, terms_missing: bool, sold: bool, notice: NoticeKind | None
) -> None:
    """N-14 by contract, N-15 to third parties that bought or shared, and to the rest N-15 or none
    (SVC-04, SVC-05, SVC-08, SVC-09).
    """
    one = provider(kind=kind, **({"contract": {}} if terms_missing else {}))
    assert directive_for(one, sold_or_shared=sold) is notice


def test_an_affiliate_with_own_records_is_erased_not_directed() -> None:
    """The data map erases such an affiliate's records, so no letter asks it to (SVC-09)."""
    assert directive_for(provider(kind="affiliate", own_records=True)) is None


def test_only_declared_identifiers_are_chosen() -> None:
    """Of everything that is known of a person the provider gets the kinds it declares."""
    assert set(minimal_locators(provider(), EVERY_POINT)) == {
        PointOfIdentity.EMAIL,
        PointOfIdentity.CUSTOMER_NUMBER,
    }


def test_only_holders_of_what_was_found_are_directed() -> None:
    """A provider that holds none of the collections where the person was found is left alone."""
    registry = load_registry(registry_text(MAIL), "p.yaml", {})
    assert registry.holding(["shop.customer"]) == registry.providers
    assert registry.holding(["shop.orders"]) == ()
