"""The package for the envelope says what the download says (NOT-07)."""

import io

from pypdf import PdfReader

from packages import Cover
from packages.paper import print_package
from tests.datamap.disclosure.gatherings import Gathered
from tests.packages.opened import opened


async def test_paper_says_what_the_download_says(ada: Gathered, cover: Cover) -> None:
    """Tagged and titled, with every collection and every value; nothing withheld comes back."""
    package = await opened(ada, cover)
    printed = print_package(package.body)
    reader = PdfReader(io.BytesIO(printed.pdf))
    said = "".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert reader.root_object["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert reader.metadata is not None
    assert reader.metadata.title == "Your personal information"
    for one in package.data["collections"]:
        if one["rows"]:
            assert "".join(one["label"].split()) in said
    assert "".join(cover.request_id.split()) in said
    for name, content in package.files.items():
        if "-original" in name:
            assert printed.originals[name.removeprefix("files/")] == content
