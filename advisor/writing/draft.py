"""What a writer hands over: lines in sections, each naming the sentences it stands on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from advisor.evidence import Scored

Style = Literal["prose", "bullet", "step", "code"]


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    sources: tuple[Scored, ...]
    style: Style = "prose"


@dataclass(frozen=True, slots=True)
class Section:
    heading: str  # "" for none; never a claim of its own
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    sections: tuple[Section, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for section in self.sections for line in section.lines)

    def first(self, lines: int) -> Draft:
        """The draft cut to its first lines."""
        sections = []
        for section in self.sections:
            if lines > 0:
                sections.append(Section(section.heading, section.lines[:lines]))
            lines -= len(section.lines)
        return Draft(tuple(sections))
