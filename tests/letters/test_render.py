"""Letters: whole, alike in both forms and both languages, and never sent with a gap."""

import re
from collections.abc import Iterable

import pytest

from domain.actions import ACTIONS
from domain.direction_actions import DIRECTION_ACTIONS
from domain.notice_items import EVERY_LETTER_TO_A_PERSON
from domain.notice_words import (
    DenialBasis,
    DirectedAction,
    Need,
    OptOutScope,
    Situation,
    Stage,
)
from domain.notices import REQUIRED_ITEMS, AcknowledgementFacts, ConsumerFacts, ProviderReport
from domain.policy import Policy
from domain.vocabulary import Language, NoticeKind, ProviderStanding, RequestType
from letters import MissingItems, RenderedLetter, render, template_version
from letters.phrasebook import Unworded
from letters.render import items_of, refuse_incomplete
from letters.samples import LINKS, Sample, samples
from tests.letters.reading import Read, words

SAMPLES = list(samples())
CODES = re.compile(
    r"\b(?:N|P|S|T|EX|REQ|CLK|VER|DEL|KNO|RED|COR|OPT|NOT|SVC|FRQ|FEE|MIN|AGT)-?\d+\b"
    r"|\b(?:NCC|HOLD|OUT|EEA|CCPA|CPRA|DSAR)\b|\b[a-z]+_[a-z_]+\b|1798|\bCCR\b|§|\bNone\b|[{}]"
)
FOR_STAFF = {"record_provider_answer", "extend_deadline", "retry_step"}

each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: f"{s.kind}-{s.slug}")
each_language = pytest.mark.parametrize("language", Language)


def first_sample(kind: NoticeKind) -> Sample:
    """Return the plainest sample of a notice."""
    return next(sample for sample in SAMPLES if sample.kind is kind)


def written(
    sample: Sample, language: Language, policy: Policy, **changes: object
) -> RenderedLetter:
    """Render a sample with some of its facts changed."""
    facts = type(sample.facts).model_validate(sample.facts.model_dump() | changes)
    return render(sample.kind, facts, sample.addressee(language), policy)


def test_every_notice_has_a_sample() -> None:
    """Whatever can be sent can be read beforehand."""
    assert {sample.kind for sample in SAMPLES} == set(NoticeKind)


@each_language
@each_sample
def test_letter_is_whole(sample: Sample, language: Language, policy: Policy) -> None:
    """NOT-01, section 12: each letter names request, date, business and has all its items."""
    letter = written(sample, language, policy)
    for form in (letter.text, Read(letter.html).text):
        assert sample.facts.request_id in form
        assert policy.business.name in form
        assert str(sample.facts.written_on.year) in form
    assert f'<html lang="{language}">' in letter.html


@each_sample
def test_each_required_item_is_indispensable(sample: Sample, policy: Policy) -> None:
    """NOT-01: without any one of its required items a letter is refused, by the item's name."""
    addressee = sample.addressee(Language.ENGLISH)
    items = items_of(sample.kind, sample.facts, addressee, policy)
    conditions = sample.facts.conditions()
    refuse_incomplete(sample.kind, sample.facts, items)
    required = set(REQUIRED_ITEMS[sample.kind].under(conditions))
    if isinstance(sample.facts, ConsumerFacts):
        required |= set(EVERY_LETTER_TO_A_PERSON.under(conditions))
    for key in required:
        with pytest.raises(MissingItems) as refusal:
            refuse_incomplete(sample.kind, sample.facts, items | {key: ""})
        assert refusal.value.missing == [key]


@each_sample
def test_both_languages_say_the_same_items_in_other_words(sample: Sample, policy: Policy) -> None:
    """NOT-06: the same items stand in both languages, and no sentence was left untranslated."""
    english, spanish = (
        items_of(sample.kind, sample.facts, sample.addressee(language), policy)
        for language in Language
    )
    assert {key for key, text in english.items() if text} == {
        key for key, text in spanish.items() if text
    }
    assert not [key for key, text in english.items() if text and text == spanish[key]]


@each_language
@each_sample
def test_text_and_html_say_the_same(sample: Sample, language: Language, policy: Policy) -> None:
    """Both forms of a letter hold the same words in the same order."""
    letter = written(sample, language, policy)
    assert words(letter.text) == words(Read(letter.html).text)


@each_language
@each_sample
def test_no_code_reaches_a_reader(sample: Sample, language: Language, policy: Policy) -> None:
    """NOT-06: no rule number, code, statute or template residue stands in any letter."""
    letter = written(sample, language, policy)
    prose = re.sub(r"https?://\S+", "", letter.subject + "\n" + letter.text)
    found = set(CODES.findall(prose))
    assert found <= (FOR_STAFF if sample.kind is NoticeKind.STAFF_ALERT else set())


@each_sample
def test_html_loads_nothing(sample: Sample, policy: Policy) -> None:
    """A letter brings everything with it: nothing tells a stranger that it was opened."""
    read = Read(written(sample, Language.ENGLISH, policy).html)
    assert not {"img", "script", "link", "iframe", "form"} & set(read.tags)
    assert not [name for name, _ in read.attributes if name in {"src", "srcset", "background"}]


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_given_link_is_shown(kind: NoticeKind, policy: Policy) -> None:
    """A link that a letter has a place for stands in both of its forms."""
    sample = first_sample(kind)
    changes: dict[str, object] = {}
    if isinstance(sample.facts, ConsumerFacts):
        changes["address_confirmed"] = False
    letter = written(sample, Language.ENGLISH, policy, **changes)
    for name in LINKS[kind]:
        url = sample.addressee(Language.ENGLISH).links[name]
        assert url in letter.text
        assert url in Read(letter.html).addresses


@each_language
def test_every_type_of_request_can_be_acknowledged(language: Language, policy: Policy) -> None:
    """N-01: every right has its plain words."""
    sample = first_sample(NoticeKind.ACKNOWLEDGEMENT)
    subjects = {
        written(sample, language, policy, request_type=request_type).subject
        for request_type in RequestType
    }
    assert len(subjects) == 2


def _all_of(kind: NoticeKind, field: str, codes: Iterable[object]) -> list[tuple[object, ...]]:
    return [(kind, field, code) for code in codes]


@each_language
@pytest.mark.parametrize(
    ("kind", "field", "code"),
    [
        *_all_of(NoticeKind.STAFF_ALERT, "situation", Situation),
        *_all_of(NoticeKind.LATE_ANSWER, "stage", Stage),
        *_all_of(NoticeKind.OPT_OUT_DONE, "scope", [(scope,) for scope in OptOutScope]),
        *_all_of(NoticeKind.PROVIDER_DIRECTION, "action", DirectedAction),
        *_all_of(NoticeKind.THIRD_PARTY_NOTICE, "action", DirectedAction),
        *_all_of(NoticeKind.MORE_INFORMATION, "needs", [(need,) for need in Need]),
        *_all_of(NoticeKind.DENIAL, "basis", [b for b in DenialBasis if b != "policy_reason"]),
    ],
)
def test_every_code_has_its_words(
    kind: NoticeKind, field: str, code: object, language: Language, policy: Policy
) -> None:
    """Each code that facts can hold comes out as a sentence in each language."""
    letter = written(first_sample(kind), language, policy, **{field: code})
    buttons = "|".join((*ACTIONS, *DIRECTION_ACTIONS))
    assert not CODES.findall(re.sub(rf"https?://\S+|\b({buttons})\b", "", letter.text))


@pytest.mark.parametrize("standing", ProviderStanding)
def test_only_a_confirmation_is_told_as_one(standing: ProviderStanding, policy: Policy) -> None:
    """SVC-02: no letter says that a provider deleted what it has not confirmed."""
    report = ProviderReport(name="Postbird", standing=standing)
    sample = first_sample(NoticeKind.DELETION_COMPLETE)
    letter = written(sample, Language.ENGLISH, policy, providers=(report,)).text.replace("\n", " ")
    confirmed = "Postbird confirmed that it has deleted your information." in " ".join(
        letter.split()
    )
    assert confirmed is (standing is ProviderStanding.DONE)


PROMISES = {
    Language.ENGLISH: ("We have done so.", "We told every company", "when it does"),
    Language.SPANISH: ("Ya lo hicimos.", "Indicamos a todas", "cuando lo haga"),
}


@each_language
@pytest.mark.parametrize("standing", ProviderStanding)
def test_what_one_provider_owes_is_not_called_done(
    standing: ProviderStanding, language: Language, policy: Policy
) -> None:
    """DEL-07: one open provider, and the letter neither says all is done nor promises its word."""
    reports = (
        ProviderReport(name="Acme", standing=ProviderStanding.DONE),
        ProviderReport(name="Postbird", standing=standing),
    )
    sample = first_sample(NoticeKind.DELETION_COMPLETE)
    letter = written(sample, language, policy, providers=reports).text
    done, *promises = PROMISES[language]
    nothing_left = standing in {ProviderStanding.DONE, ProviderStanding.NOT_FOUND}
    assert (done in letter) is nothing_left
    assert not [each for each in promises if each in letter]


def test_acknowledgement_cannot_know_whom_it_goes_to() -> None:
    """NOT-03: N-01 is written from what was asked and offered; no field says what is on file."""
    assert set(AcknowledgementFacts.model_fields) - set(ConsumerFacts.model_fields) == {
        "expected_response_date",
        "latest_response_date",
        "points_required",
        "needs",
        "points",
        "usable_until",
        "also_asked",
        "read_broadly",
    }


@pytest.mark.parametrize(
    "kind",
    [NoticeKind.MORE_INFORMATION, NoticeKind.UNVERIFIED_DELETION, NoticeKind.ACKNOWLEDGEMENT],
)
def test_unverified_letters_say_that_they_say_nothing(kind: NoticeKind, policy: Policy) -> None:
    """NOT-04, VER-15: the letter states itself that it does not tell whether anything is held."""
    text = " ".join(written(first_sample(kind), Language.ENGLISH, policy).text.split())
    assert re.search(
        r"whether (or not )?we have any information|do not have, any information", text
    )


@each_language
def test_unconfirmed_address_gets_the_way_out(language: Language, policy: Policy) -> None:
    """NOT-05: "this was not me" stands in a letter to an unconfirmed address, and only there."""
    sample = first_sample(NoticeKind.ACKNOWLEDGEMENT)
    url = sample.addressee(language).links["disown"]
    assert url in written(sample, language, policy).text
    assert url not in written(sample, language, policy, address_confirmed=True).text


def test_without_a_link_the_way_out_is_the_phone(policy: Policy) -> None:
    """NOT-05, NOT-07: a letter on paper has no link, and names the phone instead."""
    sample = first_sample(NoticeKind.ACKNOWLEDGEMENT)
    on_paper = sample.addressee(Language.ENGLISH).model_copy(update={"links": {}})
    text = render(sample.kind, sample.facts, on_paper, policy).text
    assert "You can tell us by phone" in text
    assert "privacy.example.com" not in text


@pytest.mark.parametrize(
    ("kind", "changes", "given", "missing"),
    [
        (NoticeKind.PROVIDER_DIRECTION, {}, {"locators": {}}, ["person_locator"]),
        (NoticeKind.STAFF_ALERT, {}, {"links": {}}, ["open_link"]),
        (NoticeKind.ACCESS_REPORT, {}, {"links": {}}, ["format", "link_expiry"]),
        (NoticeKind.ACCESS_REPORT, {"link_expires_on": None}, {}, ["link_expiry"]),
        (
            NoticeKind.DELETION_COMPLETE,
            {"third_parties_told": ()},
            {},
            ["third_parties_notified"],
        ),
        (
            NoticeKind.CORRECTION_RESULT,
            {"outcome": "denied"},
            {},
            ["basis"],
        ),
        (
            NoticeKind.PROVIDER_DIRECTION,
            {"action": "correct"},
            {"corrections": {}},
            ["action"],
        ),
    ],
)
def test_what_is_not_given_is_named(
    kind: NoticeKind,
    changes: dict[str, object],
    given: dict[str, object],
    missing: list[str],
    policy: Policy,
) -> None:
    """NOT-01: facts, links or locators that are lacking show up as the items they would fill."""
    sample = first_sample(kind)
    facts = type(sample.facts).model_validate(sample.facts.model_dump() | changes)
    addressee = sample.addressee(Language.ENGLISH).model_copy(update=given)
    with pytest.raises(MissingItems) as refusal:
        render(kind, facts, addressee, policy)
    assert set(missing) <= set(refusal.value.missing)


def test_categories_report_needs_no_link(policy: Policy) -> None:
    """KNO-01: a report of categories is whole in the letter itself."""
    sample = next(s for s in SAMPLES if s.slug == "categories")
    facts = sample.facts.model_copy(update={"link_expires_on": None})
    addressee = sample.addressee(Language.ENGLISH).model_copy(update={"links": {}})
    assert (
        "All of our answer is in this letter" in render(sample.kind, facts, addressee, policy).text
    )


def test_reason_unknown_to_the_policy_is_refused(policy: Policy) -> None:
    """A reason without words in the policy stops the letter and says where to add it."""
    with pytest.raises(Unworded, match="'because'; add it to its reasons"):
        written(first_sample(NoticeKind.EXTENSION), Language.ENGLISH, policy, reason="because")


def test_company_is_not_told_what_it_need_not_know(policy: Policy) -> None:
    """N-14: a provider learns what to do and for whom, not when or what exactly was asked."""
    sample = first_sample(NoticeKind.PROVIDER_DIRECTION)
    text = written(sample, Language.ENGLISH, policy).text
    assert "November 22" not in text
    assert "Received" not in text


def test_collection_without_wording_is_spelled_out(policy: Policy) -> None:
    """A data map without plain words still gives no technical name."""
    sample = first_sample(NoticeKind.DELETION_COMPLETE)
    plain = sample.addressee(Language.ENGLISH).model_copy(update={"wording": {}})
    text = render(sample.kind, sample.facts, plain, policy).text
    assert "- ticket\n" in text
    assert "support.ticket" not in text


def test_link_must_be_an_address(policy: Policy) -> None:
    """A link that is no http(s) address is refused without being repeated."""
    sample = first_sample(NoticeKind.ACKNOWLEDGEMENT)
    bad = sample.addressee(Language.ENGLISH).model_copy(
        update={"links": {"confirm": "javascript:1"}}
    )
    with pytest.raises(ValueError, match="check public_url") as refusal:
        render(sample.kind, sample.facts, bad, policy)
    assert "javascript" not in str(refusal.value)


def test_template_version_tells_templates_apart() -> None:
    """NOT-02: each kind and language has a version of its own, the same on every call."""
    versions = [template_version(kind, language) for kind in NoticeKind for language in Language]
    assert len(set(versions)) == len(versions)
    assert all(re.fullmatch(r"[0-9a-f]{12}", version) for version in versions)


def test_nothing_personal_shows_in_representations(policy: Policy) -> None:
    """What could reach a log by accident, the letter's and its reader's repr, says no value."""
    sample = first_sample(NoticeKind.PROVIDER_DIRECTION)
    addressee = sample.addressee(Language.ENGLISH)
    shown = repr(addressee) + repr(render(sample.kind, sample.facts, addressee, policy))
    assert "ana" not in shown.lower()
    assert "opens-nothing" not in shown


def test_sale_is_denied_only_by_a_policy_that_does_not_sell(policy: Policy) -> None:
    """N-10: "nothing sold" is said when it is true, and not beside the names of buyers."""
    sample = first_sample(NoticeKind.OPT_OUT_DONE)
    told = next(each for each in samples() if each.slug == "buyers-told")
    assert "We do not sell" not in written(told, Language.ENGLISH, policy).text
    sells = policy.disclosure.model_copy(update={"sells_or_shares": True})
    seller = policy.model_copy(update={"disclosure": sells})
    assert "We do not sell" in written(sample, Language.ENGLISH, policy).text
    assert "We do not sell" not in written(sample, Language.ENGLISH, seller).text


def test_a_corrected_field_is_named_in_the_language_of_the_letter(policy: Policy) -> None:
    """A kind of detail has its words, without a label of the data map (NOT-06)."""
    sample = first_sample(NoticeKind.CORRECTION_RESULT)
    addressee = sample.addressee(Language.SPANISH).model_copy(update={"wording": {}})
    facts = sample.facts.model_copy(update={"fields": ("phone",)})
    text = render(sample.kind, facts, addressee, policy).text
    assert "- teléfono" in text
    assert "- phone" not in text
