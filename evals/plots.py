"""SVG without scripts or outside files: intervals side by side, a measure over runs, growth with size. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from evals.bootstrap import Estimate

WIDTH, ROW, LEFT, RIGHT = 640, 22, 170, 70
_COLOURS = ("#1b5e9e", "#b3541e", "#2f7d4f", "#7a3f8f")
_ALONE = 'xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="12"'


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


def growth(title: str, series: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Lines over size, both axes logarithmic; a file of its own, that brings its colours along."""
    points = [(x, y) for line in series.values() for x, y in line if x > 0 and y > 0]
    xs, ys = [math.log10(x) for x, _ in points], [math.log10(y) for _, y in points]
    left, right, bottom, top = math.floor(min(xs)), math.ceil(max(xs)), math.floor(min(ys)), math.ceil(max(ys))
    width, height, margin = 620, 300, 60

    def at(x: float, y: float) -> tuple[float, float]:
        across = (math.log10(x) - left) / (right - left or 1)
        up = (math.log10(y) - bottom) / (top - bottom or 1)
        return margin + across * (width - 3.4 * margin), height - 40 - up * (height - 80)

    parts = [f'<rect width="{width}" height="{height}" fill="#fff"/>', f'<text x="8" y="18">{escape(title)}</text>']
    for power in range(bottom, top + 1):
        y = at(10**left, 10**power)[1]
        parts.append(f'<line x1="{margin}" x2="{width - 2.4 * margin}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{margin - 6}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    for power in range(left, right + 1):
        x = at(10**power, 10**bottom)[0]
        parts.append(f'<text x="{x:.1f}" y="{height - 18}" text-anchor="middle">{10**power:,}</text>')
    for number, (name, line) in enumerate(series.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        placed = [at(x, y) for x, y in line if x > 0 and y > 0]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in placed]
        x, y = width - 2.3 * margin, 40 + 18 * number
        parts.append(f'<text x="{x}" y="{y}" fill="{colour}">{escape(name)}</text>')
    return _svg(width, height, parts, title).replace("<svg ", f"<svg {_ALONE} ", 1)


def _svg(width: int, height: int, parts: Sequence[str], title: str) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )
