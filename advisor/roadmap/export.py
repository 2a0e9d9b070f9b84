"""A roadmap as a file: the ending tells the form."""

from __future__ import annotations

from collections.abc import Callable

from advisor.errors import QuestionError
from advisor.roadmap import markdown, pdf, tracker, word
from advisor.roadmap.document import Roadmap

FORMS: dict[str, Callable[[Roadmap], bytes]] = {
    ".docx": word.write,
    ".pdf": pdf.write,
    ".md": lambda roadmap: markdown.render(roadmap).encode(),
    ".json": lambda roadmap: roadmap.model_dump_json(indent=1).encode(),
    ".csv": lambda roadmap: tracker.write(roadmap).encode(),
}


def write(roadmap: Roadmap, ending: str) -> bytes:
    """The bytes of a file. Raises QuestionError for an ending that there is none for."""
    if ending not in FORMS:
        raise QuestionError(f"{ending or 'no ending'}: write one of {', '.join(FORMS)}.")
    return FORMS[ending](roadmap)
