"""Names of the files in a package: made of the map's own names and numbers, never of values."""

INDEX = "index.html"
DATA = "data.json"
SCHEMA = "schema.json"
MANIFEST = "manifest.json"

_ENDINGS = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "text/plain": "txt",
}


class FilePath(str):
    """The path of a file in the package, where it stands as a value."""

    __slots__ = ()


def csv_name(place: str) -> str:
    """Name the table of a collection."""
    return f"csv/{place}.csv"


def page_name(place: str, number: int, *, beside: bool = False) -> str:
    """Name one page of a long collection, as seen from the index or from ``beside`` it."""
    name = f"{place}-{number:04}.html"
    return name if beside else f"pages/{name}"


def text_name(number: int) -> str:
    """Name the text of a held file."""
    return f"files/{number:05}.txt"


def original_name(number: int, media_type: str) -> str:
    """Name a held file as it is."""
    return f"files/{number:05}-original.{_ENDINGS.get(media_type, 'bin')}"
