"""Maps with mistakes in them."""

from pathlib import Path

import pytest

from datamap import MapInvalid, load, load_path
from datamap.normalise import same
from datamap.schema import Erasure
from domain.vocabulary import PointOfIdentity
from samples import business

SMALL = """\
dataset:
  - fides_key: shop
    collections:
      - name: people
        fides_meta:
          privacy: {role: person}
        fields:
          - name: id
            fides_meta: {primary_key: true}
          - name: mail
            fides_meta: {identity: email}
      - name: visits
        fields:
          - name: id
            fides_meta: {primary_key: true}
          - name: person_id
            fides_meta:
              references: [{dataset: shop, field: people.id}]
"""


def problems(text: str) -> tuple[str, ...]:
    """Return what loading a wrong map says."""
    with pytest.raises(MapInvalid) as refused:
        load(text, "map.yaml")
    return refused.value.problems


def test_a_plain_fides_dataset_is_a_map() -> None:
    """A dataset without our additions loads: rows are deleted, references are followed."""
    datamap = load(SMALL + "    third_country_transfers: [US]\n", "map.yaml")
    collection = datamap.system("shop").collection("visits")
    assert collection is not None
    assert collection.erasure is Erasure.DELETE


def test_layout_does_not_change_the_hash_of_a_map() -> None:
    """The hash is over the meaning, so a comment changes nothing and a method does."""
    text = business.DATAMAP.read_text()
    same_map = load("# a comment\n" + text, "a").content_hash()
    assert same_map == load(text, "b").content_hash()
    assert same_map != load(text.replace("code: EX8", "code: EX1"), "b").content_hash()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "role: person",
            "rol: person",
            "map.yaml:6: `rol` is not known here; did you mean `role`?",
        ),
        ("role: person", "role: human", "map.yaml:6: "),
        (
            "privacy: {role: person}",
            "privacy: {}",
            "map.yaml:1: no collection stands for people; give `role: person` to the one that does",
        ),
        (
            "people.id}",
            "people.number}",
            "map.yaml:18: field shop.people.number is not in the map; add or correct it",
        ),
        (
            "identity: email",
            "identity: full_name",
            "map.yaml:11: several people share a full_name; write it as `privacy.point`",
        ),
        (
            "{role: person}",
            "{role: person, erasure: keep}",
            "map.yaml:6: `erasure: keep` needs a ground; add `retention` with code",
        ),
        (
            "            fides_meta: {identity: email}",
            "            privacy: {point: email}",
            "map.yaml:10: dataset.collections.fields: `privacy` stands here by mistake: "
            "move it under `fides_meta`; correct it",
        ),
        ("- name: mail", "- naem: mail", "map.yaml:10: `name` is missing under "),
        ("dataset:", "dataset: [", "map.yaml:"),
        (
            "              references: [{dataset: shop, field: people.id}]\n",
            "              data_type: integer\n",
            "map.yaml:12: nothing leads to shop.visits; ",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line_and_its_fix(old: str, new: str, problem: str) -> None:
    """Every problem names file, line, what is wrong and what to do."""
    found = problems(SMALL.replace(old, new))
    assert any(one.startswith(problem) for one in found), found


def test_several_files_are_one_map_and_errors_name_theirs(tmp_path: Path) -> None:
    """References may cross files; a problem is told by its own file and line."""
    other = SMALL.replace("fides_key: shop", "fides_key: crm").replace("{role: person}", "{}")
    (tmp_path / "a.yaml").write_text(SMALL)
    (tmp_path / "b.yaml").write_text(other)
    assert load_path(tmp_path).systems == ("shop", "crm")
    (tmp_path / "b.yaml").write_text(other.replace("people.id", "people.none") + "extra: 1\n")
    with pytest.raises(MapInvalid) as refused:
        load_path(tmp_path)
    assert refused.value.problems == (
        f"{tmp_path}/b.yaml:19: `extra` is not known here; remove it or correct the spelling",
    )


def test_a_retention_without_a_reviewer_or_on_a_repealed_ground_is_refused() -> None:
    """EX1 to EX8 need a reviewer and a written reason; EX9 ended (DEL-01, DEL-03)."""
    ground = "{code: EX9, reason: internal use, review_on: 2027-01-01}"
    found = problems(SMALL.replace("{role: person}", f"{{role: person, retention: {ground}}}"))
    assert any("`reviewer` is missing" in one for one in found)
    assert any("EX8" in one for one in found)


@pytest.mark.parametrize(
    ("kind", "one", "other", "equal"),
    [
        (PointOfIdentity.PHONE, "+1 (415) 555-0142", "415.555.0142", True),
        (PointOfIdentity.PHONE, "415 555 0143", "415.555.0142", False),
        (PointOfIdentity.FULL_NAME, "José  Núñez", "JOSE NUNEZ", True),
        (PointOfIdentity.POSTAL_ADDRESS, "12 Oak Street, Chico", "12 Oak St. Chico", True),
        (PointOfIdentity.POSTAL_ADDRESS, "12 Oak St, Chico", "12 Oak Street  Chico", True),
        (PointOfIdentity.BIRTH_DATE, "4/12/1988", "1988-04-12", True),
        (PointOfIdentity.BIRTH_DATE, "yesterday", "1988-04-12", False),
        (PointOfIdentity.EMAIL, " A@B.example", "a@b.EXAMPLE ", True),
        (PointOfIdentity.CUSTOMER_NUMBER, "c-00 0001", "C-000001", True),
    ],
)
def test_writings_of_one_fact(kind: PointOfIdentity, one: str, other: str, equal: bool) -> None:
    """Two writings are one fact when only habits of writing differ."""
    assert same(kind, one, other) is equal
