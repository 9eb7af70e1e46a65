"""Where the systems of the data map stand: one variable for each, read by the map's names."""

from collections.abc import Mapping

from datamap.schema import DataMap
from workers.settings import PREFIX, environment, read_variable

ADDRESS_PREFIX = f"{PREFIX}SYSTEM_"
"""``PRIVACY_SYSTEM_CRM`` holds the address of the system that the map calls ``crm``."""

BUSINESS_VARIABLE = f"{PREFIX}BUSINESS_DSN"


def addresses(datamap: DataMap, given: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Return where the systems stand: as given, else by the environment.

    The first system of the map may stand at ``PRIVACY_BUSINESS_DSN``. A system without an address
    is left out. Raises ``SettingsError`` when a variable's file cannot be read.
    """
    known = environment()
    named = given or {}
    found = {
        name: named.get(name) or read_variable(address_variable(name), known)
        for name in datamap.systems
    }
    first = datamap.systems[0]
    found[first] = found[first] or read_variable(BUSINESS_VARIABLE, known)
    return {name: address for name, address in found.items() if address}


def address_variable(system: str) -> str:
    """Return the name of the variable that holds a system's address."""
    return ADDRESS_PREFIX + "".join(c if c.isalnum() else "_" for c in system).upper()
