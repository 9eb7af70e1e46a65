"""From a system's kind and address to its connector."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from datamap.connectors.base import Connector
from datamap.connectors.csv_folder import CsvFolderConnector
from datamap.connectors.http_json import HttpJsonConnector
from datamap.connectors.postgres import PostgresConnector
from datamap.errors import SystemNotConnected
from datamap.schema import DataMap, Dataset


def connect(datamap: DataMap, addresses: Mapping[str, str]) -> dict[str, Connector]:
    """Return a connector for every system of the map.

    An address is a database's DSN, an ``http(s)`` address whose user part is the bearer token
    (``https://TOKEN@host/path``), or a folder. Raises ``SystemNotConnected`` for a system without.
    """
    return {dataset.fides_key: _connector(dataset, addresses) for dataset in datamap.dataset}


def _connector(dataset: Dataset, addresses: Mapping[str, str]) -> Connector:
    address = addresses.get(dataset.fides_key)
    if not address:
        raise SystemNotConnected(dataset.fides_key)
    kind = dataset.privacy.connector
    if kind == "postgres":
        return PostgresConnector(dataset.fides_key, address, dataset.schema_name)
    if kind == "http_json":
        url = urlsplit(address)
        bare = url._replace(netloc=url.netloc.rpartition("@")[2]).geturl()
        return HttpJsonConnector(dataset.fides_key, bare, url.username or "")
    return CsvFolderConnector(dataset.fides_key, Path(address.removeprefix("file://")))
