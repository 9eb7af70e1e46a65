"""Ways into the systems of the business, all behind one small protocol."""

from datamap.connectors.addresses import connect
from datamap.connectors.base import Connector, Reader, Writer
from datamap.connectors.csv_folder import CsvFolderConnector
from datamap.connectors.http_json import HttpJsonConnector
from datamap.connectors.kept_open import kept_open
from datamap.connectors.postgres import PostgresConnector

__all__ = [
    "Connector",
    "CsvFolderConnector",
    "HttpJsonConnector",
    "PostgresConnector",
    "Reader",
    "Writer",
    "connect",
    "kept_open",
]
