"""The key service that wraps the vault's data keys, where an installation has one."""

import ssl

from records.transit import TransitKeys
from records.wrapping import WrappingKeys
from workers.settings import Settings, SettingsError, referenced_secret, variable


def key_service(settings: Settings) -> WrappingKeys | None:
    """Return the key service of the settings: AWS KMS where a region is set, else a Transit engine.

    Raises:
        SettingsError: its address does not use https.
    """
    url = settings.key_service_url
    if url is None:
        return None
    if not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise SettingsError(
            "PRIVACY_KEY_SERVICE_URL must begin with https://, since keys travel there; "
            "only a service on this machine may be called by http."
        )
    authority = settings.key_service_ca
    tls = ssl.create_default_context(cafile=authority) if authority else True
    return (_aws_kms if settings.key_service_region else _transit)(settings, url, tls)


def _aws_kms(settings: Settings, url: str, tls: ssl.SSLContext | bool) -> WrappingKeys:
    # Here, because its library takes a while to load, which every command would wait for.
    from records.aws_kms import KmsKeys

    return KmsKeys(url, settings.key_service_key, settings.key_service_region, tls)


def _transit(settings: Settings, url: str, tls: ssl.SSLContext | bool) -> WrappingKeys:
    # Asked for at each call, because an agent beside us renews the file that it stands in.
    token_variable = variable("key_service_token")
    return TransitKeys(
        url, settings.key_service_key, lambda: referenced_secret(token_variable), tls
    )
