"""The doors that clients speak to are those of the gateway's tests."""

from tests.gateway.conftest import (  # noqa: F401
    _published,
    address,
    clock,
    codec,
    desk,
    engine,
    owner,
    parts,
    pool,
    settings,
)
