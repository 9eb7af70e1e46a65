"""How this installation is known at the company's identity provider."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from domain.vocabulary import Role


class ProviderSettings(BaseModel):
    """How we are known at the identity provider, and what its claims mean here."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    issuer: str = Field(description="The provider's issuer, exactly as its description says.")
    client_id: str
    client_secret: SecretStr | None = Field(default=None, description="None for a public client.")
    scopes: str = "openid profile email"
    id_claim: str = Field(default="preferred_username", description="Claim with the staff id.")
    domain: str = Field(
        default="", description="Mail domain that is left out where the id claim is an address."
    )
    name_claim: str = Field(default="name", description="Claim with the person's name.")
    role_claim: str = Field(
        default="groups", description="Claim with groups or roles; dots lead into objects."
    )
    roles: tuple[tuple[str, Role], ...] = Field(
        default=(), description="The provider's word, and the role that it gives here."
    )
