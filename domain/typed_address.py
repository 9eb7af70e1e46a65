"""An e-mail address as a person types it: taken as it is, or refused without being repeated."""

from pydantic import EmailStr, TypeAdapter, ValidationError

from domain.refusals import Refused

_EMAIL: TypeAdapter[str] = TypeAdapter(EmailStr)
_LONGEST = 254


def email_address(typed: str) -> str:
    """Return the address. Raises ``Refused`` where it is none."""
    try:
        address = _EMAIL.validate_python(typed.strip())
    except ValidationError:
        address = ""
    if not address or len(address) > _LONGEST:
        raise Refused("That is no e-mail address. Write it whole, such as ana.ruiz@example.com.")
    return address
