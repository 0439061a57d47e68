"""The lifecycle as a picture: from the text of its diagram, without a program from elsewhere. Where the states stand is decided here."""

import re
from collections.abc import Iterator
from html import escape

PLACES = {
    "drafting": (0, 0),
    "checking": (1, 0),
    "approving": (2, 0),
    "approved": (3, 0),
    "missed": (1, 1),
    "claimed": (3, 1),
    "sending": (2, 2),
    "booking": (4, 2),
    "unknown": (3, 3),
    "booked": (4, 3),
    "stopped": (1, 4),
    "sent": (2, 4),
    "withdrawn": (0, 4),
}
"""Column and row."""
WIDE, HIGH = 108, 34
_STEP = (216, 132)
_EDGE = (70, 60)
_ENDS = frozenset({"sent", "stopped", "withdrawn"})
_LINE = re.compile(r"(\w+) --> (\w+): (.+)")
_LEFT_OUT = frozenset({"withdraw", "write", "send_back"})
CAPTION = (
    "Left out: write and send_back, which lead back to drafting; withdraw, which leads from every state that is not over to withdrawn, "
    "or to stopped where some had left. They are in the table."
)
"""Forty arrows that say two sentences."""


def draw(diagram: str) -> str:
    """The picture of this state diagram, as SVG. Raises KeyError for a state that has no place."""
    arrows = list(_arrows(diagram))
    width, height = (2 * _EDGE[axis] + _STEP[axis] * max(place[axis] for place in PLACES.values()) + (WIDE, HIGH)[axis] for axis in (0, 1))
    both = {(source, target) for source, target, _ in arrows}
    lines = [_arrow(source, target, label, is_bent=(target, source) in both) for source, target, label in arrows]
    boxes = [_box(state) for state in PLACES]
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="The lifecycle of a draft" class="lifecycle">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 z"/></marker></defs>' + "".join([*lines, *boxes]) + "</svg>"
    )


def _arrows(diagram: str) -> Iterator[tuple[str, str, str]]:
    for source, target, labels in _LINE.findall(diagram):
        kept = [label for label in labels.split(" | ") if label not in _LEFT_OUT]
        if kept:
            yield source, target, ", ".join(kept)


def _at(state: str) -> tuple[int, int]:
    """The middle of a state's box."""
    column, row = PLACES[state]
    return _EDGE[0] + WIDE // 2 + column * _STEP[0], _EDGE[1] + HIGH // 2 + row * _STEP[1]


def _box(state: str) -> str:
    x, y = _at(state)
    kind = "end" if state in _ENDS else "state"
    rect = f'<rect x="{x - WIDE // 2}" y="{y - HIGH // 2}" width="{WIDE}" height="{HIGH}" rx="8" class="{kind}"/>'
    return f'{rect}<text x="{x}" y="{y + 5}" class="name">{escape(state)}</text>'


def _arrow(source: str, target: str, label: str, *, is_bent: bool) -> str:
    """A curve from box to box: bent to one side where another leads back."""
    (x1, y1), (x2, y2) = _at(source), _at(target)
    if source == target:
        top = y1 - HIGH // 2
        path = f"M{x1 - 20} {top} C{x1 - 40} {top - 38} {x1 + 40} {top - 38} {x1 + 20} {top}"
        return f'<path d="{path}" class="arrow" marker-end="url(#tip)"/><text x="{x1}" y="{top - 34}" class="label">{escape(label)}</text>'
    dx, dy = x2 - x1, y2 - y1
    length = (dx * dx + dy * dy) ** 0.5
    across = max(abs(PLACES[source][0] - PLACES[target][0]), abs(PLACES[source][1] - PLACES[target][1])) - 1
    bend = (44 if is_bent else 0) + 46 * across
    cx, cy = (x1 + x2) / 2 - bend * dy / length, (y1 + y2) / 2 + bend * dx / length
    (ax, ay), (bx, by) = _border(x1, y1, cx, cy), _border(x2, y2, cx, cy)
    lx, ly = (ax + 2 * cx + bx) / 4, (ay + 2 * cy + by) / 4
    line = f'<path d="M{ax:.0f} {ay:.0f} Q{cx:.0f} {cy:.0f} {bx:.0f} {by:.0f}" class="arrow" marker-end="url(#tip)"/>'
    return f'{line}<text x="{lx:.0f}" y="{ly:.0f}" class="label">{escape(label)}</text>'


def _border(x: float, y: float, towards_x: float, towards_y: float) -> tuple[float, float]:
    """Where the way from the middle of a box to somewhere leaves it."""
    dx, dy = towards_x - x, towards_y - y
    scale = min((WIDE / 2) / abs(dx) if dx else 9, (HIGH / 2) / abs(dy) if dy else 9)
    return x + dx * scale, y + dy * scale
