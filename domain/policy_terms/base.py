"""What every section of a policy is made of: frozen rows, sentences, periods of time."""

from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from domain.vocabulary import Language


class Terms(BaseModel):
    """A frozen row of policy data; an unknown key is an error, so that no slip hides a promise."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Sentence(Terms):
    """One plain-language text in every language that letters are written in (NOT-06)."""

    en: str = Field(min_length=1)
    es: str = Field(min_length=1)

    def in_language(self, language: Language) -> str:
        """Return the text in ``language``."""
        return self.es if language is Language.SPANISH else self.en


class Period(Terms):
    """A length of time counted from a day: calendar days, business days or calendar months."""

    days: int | None = Field(default=None, ge=1)
    business_days: int | None = Field(default=None, ge=1)
    months: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if sum(unit is not None for unit in (self.days, self.business_days, self.months)) != 1:
            raise ValueError("give exactly one of days, business_days or months")
        return self


def _as_list(value: object) -> object:
    return [value] if isinstance(value, dict) else value


EarliestOf = Annotated[tuple[Period, ...], BeforeValidator(_as_list), Field(min_length=1)]
"""One period, or several of which the earliest end counts."""
