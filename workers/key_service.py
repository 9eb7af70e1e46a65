"""The key service that wraps the vault's data keys, where an installation has one."""

import ssl

from records.transit import TransitKeys
from workers.settings import Settings, SettingsError, referenced_secret, variable


def key_service(settings: Settings) -> TransitKeys | None:
    """Return the key service of the settings.

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
    # Asked for at each call, because an agent beside us renews the file that it stands in.
    token_variable = variable("key_service_token")
    authority = settings.key_service_ca
    tls = ssl.create_default_context(cafile=authority) if authority else True
    return TransitKeys(
        url, settings.key_service_key, lambda: referenced_secret(token_variable), tls
    )
