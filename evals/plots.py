"""SVG without scripts or outside files: intervals side by side, and a measure over runs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from evals.bootstrap import Estimate

WIDTH, ROW, LEFT, RIGHT = 640, 22, 170, 70


def intervals(title: str, found: Mapping[str, Estimate], digits: int) -> str:
    """A line for each system: its interval as a bar, its value as a dot and in words."""
    low = min(0.0, *(one.low for one in found.values()))
    high = max(one.high for one in found.values()) or 1.0
    span = (high - low) or 1.0

    def x(value: float) -> float:
        return LEFT + (value - low) / span * (WIDTH - LEFT - RIGHT)

    height = ROW * (len(found) + 1)
    parts = [f'<text x="0" y="14" class="title">{escape(title)}</text>']
    for place, (name, one) in enumerate(found.items(), 1):
        y = ROW * place + 12
        first = "first" if place == 1 else "other"
        parts.append(
            f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{escape(name)}</text>'
            f'<line x1="{x(one.low):.1f}" x2="{x(one.high):.1f}" y1="{y}" y2="{y}" class="{first}"/>'
            f'<circle cx="{x(one.value):.1f}" cy="{y}" r="4" class="{first}"/>'
            f'<text x="{x(one.high) + 8:.1f}" y="{y + 4}">{one.value:.{digits}f}</text>'
        )
    return _svg(WIDTH, height, parts, title)


def trend(title: str, points: Sequence[tuple[str, Estimate]], digits: int) -> str:
    """A measure over runs, oldest left, its interval as a band."""
    width, height = 300, 70
    low, high = min(one.low for _, one in points), max(one.high for _, one in points)
    span = (high - low) or 1.0

    def at(place: int, value: float) -> str:
        return f"{10 + place * (width - 80) / max(len(points) - 1, 1):.1f},{height - 8 - (value - low) / span * 40:.1f}"

    band = [at(i, one.high) for i, (_, one) in enumerate(points)]
    band += [at(i, one.low) for i, (_, one) in reversed(list(enumerate(points)))]
    line = " ".join(at(i, one.value) for i, (_, one) in enumerate(points))
    last = points[-1][1].value
    place_x, place_y = at(len(points) - 1, last).split(",")
    parts = [
        f'<text x="0" y="14" class="title">{escape(title)}</text>',
        f'<polygon points="{" ".join(band)}" class="band"/><polyline points="{line}" class="first" fill="none"/>',
        f'<circle cx="{place_x}" cy="{place_y}" r="3" class="first"/>',
        f'<text x="{float(place_x) + 7:.1f}" y="{float(place_y) + 4:.1f}">{last:.{digits}f}</text>',
    ]
    return _svg(width, height, parts, title)


def _svg(width: int, height: int, parts: Sequence[str], title: str) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )
