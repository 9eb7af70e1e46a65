"""PDF files made by hand, as small as they can be."""

import zlib
from collections.abc import Mapping, Sequence

_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
_PICTURE = (
    b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray"
    b" /BitsPerComponent 8 /Length 1 >>\nstream\n\x00\nendstream"
)


def pdf(lines: Sequence[str], *, title: str = "", picture: bool = False) -> bytes:
    """Return a PDF of one page with these lines, its content compressed as usual."""
    shown = b"".join(b"(%s) Tj 0 -14 Td " % line.encode("latin-1") for line in lines)
    content = zlib.compress(b"BT /F1 12 Tf 72 720 Td " + shown + b"ET")
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> /XObject << %s >> >> >>"
        % (b"/P1 6 0 R" if picture else b""),
        4: b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream"
        % (len(content), content),
        5: _FONT,
        6: _PICTURE,
        7: b"<< /Title (%s) >>" % title.encode("latin-1"),
    }
    return _written(objects)


def _written(objects: Mapping[int, bytes]) -> bytes:
    body, places = b"%PDF-1.4\n", []
    for number, text in objects.items():
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R /Info 7 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table, len(objects) + 1, len(body))
    )
