"""The data map in the shape of Fides datasets, with our additions under ``privacy``.

Fides leaves two places for more: a dataset's free ``meta``, and unknown keys of ``fides_meta``,
which it ignores. Our additions stand in ``meta.privacy`` of a dataset and in
``fides_meta.privacy`` of a collection or a field, so one file serves both.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from domain.policy_terms.base import Sentence
from domain.vocabulary import PointOfIdentity

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.\-]*$")]

IDENTITY_POINTS = {
    "email": PointOfIdentity.EMAIL,
    "phone_number": PointOfIdentity.PHONE,
    "phone": PointOfIdentity.PHONE,
    "customer_number": PointOfIdentity.CUSTOMER_NUMBER,
    "order_number": PointOfIdentity.ORDER_NUMBER,
    "business_email": PointOfIdentity.BUSINESS_EMAIL,
    "business_phone": PointOfIdentity.BUSINESS_PHONE,
}
"""Fides identities that are points of identity too (rulebook, section 3)."""

WRITTEN_IN_PARTS = frozenset({PointOfIdentity.FULL_NAME, PointOfIdentity.POSTAL_ADDRESS})
"""Points whose several columns are parts of one value; columns of other points are alternatives."""


class Erasure(StrEnum):
    """What a deletion does to a consumer's rows of a collection (DEL-05)."""

    DELETE = "delete"
    NULL = "null"
    OVERWRITE = "overwrite"
    PSEUDONYMISE = "pseudonymise"
    DEACTIVATE = "deactivate"
    UNPUBLISH = "unpublish"
    KEEP = "keep"


class Role(StrEnum):
    """Collections that the engine treats specially."""

    PERSON = "person"
    PREFERENCES = "preferences"
    MARKETING_LIST = "marketing_list"
    TESTIMONIALS = "testimonials"


class OptOut(StrEnum):
    """What a stored choice opts out of."""

    SALE_SHARING = "sale_sharing"
    MARKETING = "marketing"
    LIMIT_SPI = "limit_spi"


class _Ours(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class _OfFides(BaseModel):
    """Keys that only Fides knows are ignored, as Fides ignores ours."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _old_and_misplaced_names(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        if "privacy" in given and "privacy" not in cls.model_fields:
            raise ValueError("`privacy` stands here by mistake: move it under `fides_meta`")
        if "fidesops_meta" in given and not given.get("fides_meta"):
            return {**given, "fides_meta": given["fidesops_meta"]}
        return given


class Retention(_Ours):
    """A lawful ground for keeping rows; without reviewer and reason it is no ground (DEL-01)."""

    code: Literal["EX1", "EX2", "EX3", "EX4", "EX5", "EX6", "EX7", "EX8", "OUT", "NCC"] = Field(
        description="The exception, by the rulebook's code. EX9 ended on 2023-01-01 (DEL-03)."
    )
    reason: Text = Field(description="Why, in a sentence that the consumer will read.")
    reviewer: Text = Field(description="Who decided it, by staff id or office.")
    review_on: date = Field(description="When the ground must be looked at again.")
    informed_consent: bool = False
    expectations_aligned: bool = False
    context_compatible: bool = False

    @model_validator(mode="after")
    def _grounds_are_whole(self) -> "Retention":
        if self.code == "EX6" and not self.informed_consent:
            raise ValueError("EX6 needs `informed_consent: true`, else choose another ground")
        if self.code == "EX7" and not (self.expectations_aligned and self.context_compatible):
            raise ValueError("EX7 needs `expectations_aligned` and `context_compatible` to be true")
        return self


class Page(_Ours):
    """Where an unpublished row was shown, to be fetched again as proof (REQ-16)."""

    url: Text = Field(description="Address with `{field}` in place of the row's own values.")


class Attachment(_Ours):
    """A field that holds a file: its bytes, or their base64 (RED-09, RED-12)."""

    name: Name | None = Field(default=None, description="Field that holds the file's name.")


class Author(_Ours):
    """Who wrote a row of a collection in which several people write (KNO-08)."""

    field: Name = Field(description="Field that names the author: an address, a key, a word.")
    consumer: tuple[Text, ...] = Field(
        default=(), description="What it says when the consumer wrote, if not who they are."
    )


class FieldPrivacy(_Ours):
    """Our additions to a field."""

    label: Sentence | None = Field(default=None, description="What people call it: {en, es}.")
    category: Text | None = Field(default=None, description="Category of the law (KNO-12).")
    point: PointOfIdentity | None = Field(
        default=None, description="Point of identity that the column holds (VER-01)."
    )
    never_disclose: Text | None = Field(default=None, description="Type by RED-01 to RED-08.")
    free_text: bool = Field(default=False, description="Scanned before disclosure (RED-09).")
    other_person: bool = Field(
        default=False, description="Leads to another person; in no package (KNO-08)."
    )
    attachment: Attachment | None = Field(default=None, description="It holds a file.")
    spi: bool = Field(default=False, description="Sensitive personal information.")
    correctable: bool = Field(default=False, description="A correction may write it (COR-04).")
    changed_at: tuple[Name, ...] = Field(
        default=(), description="Columns that date the value; the latest counts (VER-17)."
    )
    tombstone: str | None = Field(
        default=None, description="What an overwrite leaves; `{key}` stands for the row's key."
    )
    when_parent_erased: Literal["detach"] | None = Field(
        default=None, description="Detach rows that stay when the row referred to is erased."
    )
    opt_out_of: OptOut | None = Field(default=None, description="The choice this column stores.")
    opt_out_value: str = Field(default="true", description="What it holds after an opt-out.")
    opt_in_value: str = Field(default="false", description="What takes an opt-out back.")

    @model_validator(mode="before")
    @classmethod
    def _one_date_is_a_list(cls, given: Any) -> Any:
        if isinstance(given, dict) and isinstance(given.get("changed_at"), str):
            return {**given, "changed_at": (given["changed_at"],)}
        return given


class NotSearched(_Ours):
    """What has to hold for rows to be left out of a search for reports (KNO-05)."""

    not_searchable: bool = Field(description="Not kept in a form in which it can be searched.")
    legal_only: bool = Field(description="Kept for legal or compliance purposes alone.")
    no_sale_no_commercial_use: bool = Field(description="Neither sold nor used to make money.")


class CollectionPrivacy(_Ours):
    """Our additions to a collection."""

    label: Sentence | None = Field(default=None, description="What people call it: {en, es}.")
    role: tuple[Role, ...] = Field(default=(), description="One role, or a list of them.")
    erasure: Erasure | None = Field(default=None, description="Default: delete.")
    retention: Retention | None = None
    use_lock: Name | None = Field(
        default=None, description="Column that takes the exception's code on rows kept (DEL-04)."
    )
    deactivate: dict[Name, str] = Field(
        default_factory=dict, description="What switches an account or a publication off."
    )
    page: Page | None = None
    sources: tuple[Text, ...] = ()
    purposes: tuple[Text, ...] = ()
    recipients: tuple[Text, ...] = ()
    sold_or_shared_with: tuple[Text, ...] = ()
    collected_at: Name | None = Field(default=None, description="Column that dates a row (KNO-03).")
    author: Author | None = Field(default=None, description="Who wrote a row (KNO-08).")
    not_searched: NotSearched | None = Field(
        default=None, description="Left out of reports, and named in them by its label (KNO-05)."
    )

    @model_validator(mode="before")
    @classmethod
    def _as_people_write_it(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        written = dict(given)
        if isinstance(written.get("role"), str):
            written["role"] = (written["role"],)
        if "erasure" in written and written["erasure"] is None:
            # YAML reads a bare `null` as nothing; here it is the name of a method.
            written["erasure"] = Erasure.NULL
        return written


class DatasetPrivacy(_Ours):
    """Our additions to a dataset, which is one system of the business."""

    connector: Literal["postgres", "http_json", "csv_folder"] = "postgres"
    affiliate: bool = Field(default=False, description="Owned by an affiliate (SVC-09).")
    sources: tuple[Text, ...] = ()
    purposes: tuple[Text, ...] = ()
    recipients: tuple[Text, ...] = ()


class Reference(_OfFides):
    """A tie to a field of another collection.

    ``from``: these rows follow those; ``to``: those follow these; neither: the side without the
    primary key follows.
    """

    dataset: Name
    field: Annotated[str, StringConstraints(pattern=r"^[^.]+\..+$")]
    direction: Literal["from", "to"] | None = None

    @property
    def collection(self) -> str:
        """The collection that is referred to."""
        return self.field.partition(".")[0]

    @property
    def column(self) -> str:
        """The field of that collection."""
        return self.field.partition(".")[2]


class _Meta(_OfFides):
    """``fides_meta``, in which a key without a value is as good as none."""

    @model_validator(mode="before")
    @classmethod
    def _absent_is_default(cls, given: Any) -> Any:
        if isinstance(given, dict):
            return {name: value for name, value in given.items() if value is not None}
        return given


class FieldMeta(_Meta):
    """``fides_meta`` of a field."""

    primary_key: bool = False
    identity: Text | None = None
    data_type: str | None = None
    read_only: bool = False
    references: tuple[Reference, ...] = ()
    privacy: FieldPrivacy = FieldPrivacy()


class MapField(_OfFides):
    """One column, or one member of a document."""

    name: Text
    description: str | None = None
    data_categories: tuple[str, ...] | None = None
    fides_meta: FieldMeta | None = None
    fields: tuple["MapField", ...] | None = None

    @property
    def meta(self) -> FieldMeta:
        """``fides_meta``, with its defaults where the file has none."""
        return self.fides_meta or FieldMeta()

    @property
    def privacy(self) -> FieldPrivacy:
        """Our additions, with their defaults where the file has none."""
        return self.meta.privacy

    @property
    def point(self) -> PointOfIdentity | None:
        """The point of identity that the field holds, said outright or by its Fides identity."""
        return self.privacy.point or IDENTITY_POINTS.get(self.meta.identity or "")


class CollectionMeta(_Meta):
    """``fides_meta`` of a collection."""

    skip_processing: bool = False
    privacy: CollectionPrivacy = CollectionPrivacy()


class Collection(_OfFides):
    """One table, one resource of an interface, one file."""

    name: Text
    description: str | None = None
    data_categories: tuple[str, ...] | None = None
    fields: tuple[MapField, ...] = Field(min_length=1)
    fides_meta: CollectionMeta | None = None

    @property
    def meta(self) -> CollectionMeta:
        """``fides_meta``, with its defaults where the file has none."""
        return self.fides_meta or CollectionMeta()

    @property
    def privacy(self) -> CollectionPrivacy:
        """Our additions, with their defaults where the file has none."""
        return self.meta.privacy

    @property
    def personal(self) -> bool:
        """Whether it holds data about consumers at all (Fides: not ``skip_processing``)."""
        return not self.meta.skip_processing

    @property
    def erasure(self) -> Erasure:
        """What a deletion does to its rows; a lawful retention means that they stay."""
        if self.privacy.erasure is None and self.privacy.retention is not None:
            return Erasure.KEEP
        return self.privacy.erasure or Erasure.DELETE

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the primary key's columns, in the file's order."""
        return tuple(field.name for field in self.fields if field.meta.primary_key)

    def field(self, name: str) -> MapField | None:
        """Return the field of that name, or None."""
        return next((field for field in self.fields if field.name == name), None)

    @property
    def leaves(self) -> tuple[MapField, ...]:
        """Every field, and every member of a document by its whole name: ``body.payer.email``."""
        return tuple(_with_members(self.fields))


def _with_members(fields: Iterable[MapField], within: str = "") -> Iterator[MapField]:
    for field in fields:
        whole = field.model_copy(update={"name": within + field.name}) if within else field
        yield whole
        yield from _with_members(field.fields or (), f"{whole.name}.")


class DatasetMeta(_OfFides):
    """``fides_meta`` of a dataset; ``namespace.schema`` names the schema of a database."""

    namespace: dict[str, str] | None = None


class DatasetExtras(_OfFides):
    """The free ``meta`` of a dataset."""

    privacy: DatasetPrivacy = DatasetPrivacy()


class Dataset(_OfFides):
    """One system of the business."""

    fides_key: Name
    name: str | None = None
    description: str | None = None
    data_categories: tuple[str, ...] | None = None
    meta: DatasetExtras | None = None
    fides_meta: DatasetMeta | None = None
    collections: tuple[Collection, ...] = Field(min_length=1)

    @property
    def privacy(self) -> DatasetPrivacy:
        """Our additions, with their defaults where the file has none."""
        return self.meta.privacy if self.meta else DatasetPrivacy()

    @property
    def schema_name(self) -> str:
        """The database schema that the collections stand in."""
        namespace = self.fides_meta.namespace if self.fides_meta else None
        return (namespace or {}).get("schema", "public")

    def collection(self, name: str) -> Collection | None:
        """Return the collection of that name, or None."""
        return next((one for one in self.collections if one.name == name), None)


class DataMap(BaseModel):
    """Which systems hold what about consumers: several datasets, read as one."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    dataset: tuple[Dataset, ...] = Field(min_length=1)

    @property
    def systems(self) -> tuple[str, ...]:
        """Names of the systems, in the file's order."""
        return tuple(dataset.fides_key for dataset in self.dataset)

    def system(self, name: str) -> Dataset:
        """Return the system of that name; raises ``KeyError``."""
        for dataset in self.dataset:
            if dataset.fides_key == name:
                return dataset
        raise KeyError(name)

    def collections(self) -> Iterator[tuple[str, Collection]]:
        """Yield every collection that holds personal data, with its system."""
        for dataset in self.dataset:
            for collection in dataset.collections:
                if collection.personal:
                    yield dataset.fides_key, collection

    def with_role(self, role: Role) -> Iterator[tuple[str, Collection]]:
        """Yield the collections that were given a role."""
        return ((system, one) for system, one in self.collections() if role in one.privacy.role)

    def content_hash(self) -> str:
        """Return the SHA-256 of the map's meaning, the same for any layout of the file."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
