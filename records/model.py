"""The base of what this room hands out: frozen, closed, silent about values it refuses."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A fact read from, or written to, our own Postgres."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
