"""What several processes are built from: keys, policies, data map, providers, mail addresses."""

from collections.abc import Mapping

from activities.directed import Kinds
from activities.letters import Post
from datamap.connectors import connect
from datamap.connectors.base import Connector
from datamap.loading import load_path
from datamap.schema import DataMap, Role
from domain import policies
from gateway.staff.provider_settings import ProviderSettings
from providers.credentials import Credentials
from providers.desk import ProviderDesk, build_desk
from providers.outgoing import Outgoing
from providers.registry import Registry, load_registry
from providers.switches import SWITCH_FILE, SwitchFile
from records.keyring import Keyring
from records.signing import Signer
from records.vault import Vault
from records.wrapping import Succession, WrappingKeys
from workers.key_service import key_service
from workers.policy_files import load_policies
from workers.settings import Settings, SettingsError, environment
from workers.system_addresses import addresses


def install_policies(settings: Settings) -> None:
    """Fill the registry of policies; every process does so before any work begins."""
    policies.install(load_policies(settings.policy_dir))


def keyring(settings: Settings, field: str) -> Keyring:
    """Return the keys of one purpose: ``vault_keys`` or ``suppression_keys``."""
    keys = settings.key_set("vault_keys" if field == "vault_keys" else "suppression_keys")
    return Keyring(keys.current, keys.by_id())


def wrapping_keys(settings: Settings) -> WrappingKeys:
    """Return what wraps the vault's data keys: the key service, our own keys, or both.

    With both, the service wraps and our own keys still open, so that keys move without downtime.
    """
    service = key_service(settings)
    if service is None:
        return keyring(settings, "vault_keys")
    own = settings.vault_keys
    return Succession((service, keyring(settings, "vault_keys"))) if own else service


def vault(settings: Settings) -> Vault:
    """Return the vault under this installation's key-encryption keys."""
    return Vault(wrapping_keys(settings))


def fingerprints(settings: Settings) -> Keyring:
    """Return the key of the hashes by which a repeated submission is known."""
    return Keyring("fingerprint", {"fingerprint": settings.key("fingerprint_key")})


def signer(settings: Settings) -> Signer:
    """Return the key that signs evidence and checkpoints."""
    return Signer(settings.key("evidence_signing_key"))


def trusted_keys(settings: Settings) -> tuple[bytes, ...]:
    """Return the public keys whose checkpoints count: our own and those that were named."""
    own = (signer(settings).public_key,) if settings.evidence_signing_key else ()
    return (*own, *settings.evidence_public_keys)


def data_map(settings: Settings) -> DataMap:
    """Read the data map: a file, or every file of a folder."""
    return load_path(settings.data_map)


def kinds_of_collections(datamap: DataMap) -> Kinds:
    """Name the marketing lists and what is sensitive, as the registry names them."""
    lists = datamap.with_role(Role.MARKETING_LIST)
    return Kinds(
        marketing=frozenset(f"{system}.{one.name}" for system, one in lists),
        sensitive=frozenset(
            f"{system}.{one.name}"
            for system, one in datamap.collections()
            if any(field.privacy.spi for field in one.leaves)
        ),
    )


def connectors(datamap: DataMap) -> Mapping[str, Connector]:
    """Return a connector for every system of the data map, by the variables of their addresses.

    Raises ``SystemNotConnected`` for a system without an address.
    """
    return connect(datamap, addresses(datamap))


def registry(settings: Settings) -> Registry:
    """Read the providers."""
    text = settings.providers.read_text(encoding="utf-8")
    return load_registry(text, str(settings.providers), environment())


def desk(settings: Settings, providers: Registry, outgoing: Outgoing) -> ProviderDesk:
    """Return the desk that speaks every provider's protocol, and heeds the operators' switches."""
    switches = SwitchFile(settings.var_dir / SWITCH_FILE)
    secrets = Credentials(environment())
    return build_desk(providers, outgoing, secrets, switches, public_url=public_url(settings))


def outgoing(settings: Settings) -> Outgoing:
    """Return the guarded way out."""
    return Outgoing(allowed=settings.provider_networks)


def public_url(settings: Settings) -> str:
    """Return the gateway's address without a slash at its end."""
    return str(settings.public_url).rstrip("/")


def workflow_url(settings: Settings) -> str:
    """Return the Web UI's address of a workflow, with ``{workflow_id}`` in it."""
    return f"{workflows_url(settings)}/{{workflow_id}}"


def workflows_url(settings: Settings) -> str:
    """Return the Web UI's address of our namespace's workflows."""
    ui = str(settings.temporal_ui_url).rstrip("/")
    return f"{ui}/namespaces/{settings.temporal_namespace}/workflows"


def identity_provider(settings: Settings) -> ProviderSettings | None:
    """Return how we are known where staff sign in; ``None`` when nothing is set.

    Raises:
        SettingsError: only some of it is set.
    """
    if settings.sign_in_issuer is None:
        return None
    if not (settings.sign_in_client_id and settings.sign_in_roles):
        raise SettingsError(
            "PRIVACY_SIGN_IN_ISSUER needs PRIVACY_SIGN_IN_CLIENT_ID and PRIVACY_SIGN_IN_ROLES "
            "beside it; docs/operations.md says how staff sign in."
        )
    return ProviderSettings(
        issuer=settings.sign_in_issuer,
        client_id=settings.sign_in_client_id,
        client_secret=settings.sign_in_client_secret,
        scopes=settings.sign_in_scopes,
        id_claim=settings.sign_in_id_claim,
        domain=settings.sign_in_domain,
        name_claim=settings.sign_in_name_claim,
        role_claim=settings.sign_in_role_claim,
        roles=settings.sign_in_roles,
    )


def post(settings: Settings) -> Post:
    """Return where mail comes from and goes to."""
    password = settings.smtp_password
    return Post(
        server=settings,
        password=password.get_secret_value() if password else None,
        sender=str(settings.mail_from),
        staff=str(settings.staff_mail),
        counsel=str(settings.counsel_mail or ""),
        public_url=public_url(settings),
        workflow_url=workflow_url(settings),
    )


def mail_domain(settings: Settings) -> str:
    """Return the domain in which Message-IDs are made."""
    return str(settings.mail_from).rpartition("@")[2]
