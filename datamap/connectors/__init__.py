"""Ways into the systems of the business, all behind one small protocol."""

from datamap.connectors.base import Connector, Reader, Writer
from datamap.connectors.postgres import PostgresConnector

__all__ = ["Connector", "PostgresConnector", "Reader", "Writer"]
