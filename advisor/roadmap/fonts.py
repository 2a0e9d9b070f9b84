"""The face of documents with pages: one that is embedded, so that it looks the same everywhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path

PLAIN, BOLD, ITALIC = "Roadmap", "Roadmap-Bold", "Roadmap-Italic"
_FACES = (  # the first that is there; the last comes with reportlab
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSans-Oblique.ttf"),
    ("Vera.ttf", "VeraBd.ttf", "VeraIt.ttf"),
)
_FOLDERS = ("/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/dejavu", "/usr/share/fonts/TTF")


@cache
def register() -> frozenset[int]:
    """Makes the face known to reportlab; gives the code points that it can draw."""
    import reportlab
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    folders = [*map(Path, _FOLDERS), Path(reportlab.__file__).parent / "fonts"]
    faces = ((folder, face) for face in _FACES for folder in folders)
    folder, face = next((folder, face) for folder, face in faces if all((folder / one).is_file() for one in face))
    for name, file in zip((PLAIN, BOLD, ITALIC), face, strict=True):
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=ITALIC, boldItalic=BOLD)
    return frozenset(pdfmetrics.getFont(PLAIN).face.charToGlyph)


def shown(said: str) -> str:
    """Text that the face can draw: what it has no sign for is shown as a box, and controls are left out."""
    known = register()
    return "".join(
        one if ord(one) in known or one in "\n" else "□" if 0x25A1 in known else "?"
        for one in said
        if one.isprintable() or one == "\n"
    )
