"""`Scene`: a diagram with everything in its place, ready to be written down.

Floor 10. What is opened is a scene of its own, laid out first and then placed like a box; the edges that reach into it
go through ports on its border.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .caption import Caption, Show, caption_of, heading_of, text_width, wrap
from .diagram import Box, Diagram, Source
from .layout import Edge, Item, place

__all__ = ["DETAIL_SIZE", "TITLE_SIZE", "Label", "Line", "Scene", "Shape", "scene_of"]

TITLE_SIZE, DETAIL_SIZE = 12.0, 10.5
LINE_HEIGHT = 15.0
# A box is not wider than this, its texts break; an unconnected outline, a list, is as wide for all of its lines.
_TEXT_WIDTH = 230.0
_PADDING = 10.0

Direction = Literal["TB", "BT", "LR", "RL"]
Point = tuple[float, float]


@dataclass(eq=False)
class Shape:
    """A box with its place: the corner with the least coordinates, and its size, in pixels."""

    box: Box
    titles: list[str]
    details: list[str]
    width: float
    height: float
    x: float = 0.0
    y: float = 0.0
    inside: Scene | None = None


@dataclass(eq=False)
class Line:
    """An edge with its way: points in pairs, straight inside a pair."""

    points: list[Point]
    has_head: bool


@dataclass(eq=False)
class Label:
    """A text, where it begins, in the middle of its height."""

    text: str
    x: float
    y: float
    stands_out: bool = False


@dataclass(eq=False)
class Scene:
    """What is drawn, and where: coordinates count from the upper left corner of the scene."""

    width: float = 0.0
    height: float = 0.0
    shapes: list[Shape] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    # Along the side where arguments come in and the one where outputs go out, from the middle of it.
    entries: list[float] = field(default_factory=list)
    exits: list[float] = field(default_factory=list)


def scene_of(diagram: Diagram, show: Show, *, expand: bool = False, direction: Direction = "TB") -> Scene:
    """Lay out a diagram.

    Args:
        diagram: of a model.
        show: what is written into boxes.
        expand: whether what is inside boxes is drawn, where it is known.
        direction: in which the values flow: from top to bottom, or bottom, left, right first.
    """
    return _Draft(show, expand, direction).scene(diagram)


class _Draft:
    """Makes scenes, all in one direction."""

    def __init__(self, show: Show, expand: bool, direction: Direction):
        self.show = show
        self.expand = expand
        self.direction = direction
        self.is_flat = direction in ("LR", "RL")

    def scene(self, diagram: Diagram, title: str | None = None) -> Scene:
        """Lay out a diagram; with a title, as the inside of a box."""
        is_inner = title is not None
        ports = diagram.inputs if is_inner else []
        shapes = [self._shape(box) for box in diagram.boxes if not (is_inner and box.role == "input")]
        before, after = len(ports) + is_inner, len(diagram.outputs) if is_inner else 0
        items = [Item(0.0, 0.0) for _ in ports]
        first = dict.fromkeys(range(len(ports)), 0)
        if title is not None:
            first[len(ports)] = 1
            items.append(self._item(text_width(title, DETAIL_SIZE, bold=True), LINE_HEIGHT))
        items += [self._item(shape.width, shape.height) for shape in shapes]
        items += [Item(0.0, 0.0)] * after
        numbers = {id(port): number for number, port in enumerate(ports)}
        numbers.update((id(shape.box), before + number) for number, shape in enumerate(shapes))
        if not diagram.is_connected:
            first = {number: number for number in range(len(items))}
        edges = self._edges(diagram, shapes, numbers, exits_from=len(items) - after if is_inner else None)
        # Beside the boxes a title takes no room of its own where values flow sideways.
        start = 0 if title is None else 1 if self.is_flat else 2
        last = range(len(items) - after, len(items))
        leftmost = (len(ports),) if is_inner else ()
        placed = place(items, edges, first=first, start=start, last=last, tight=range(start), leftmost=leftmost)
        margin = 14.0 if is_inner else 2.0
        breadth, depth = placed.breadth + 2 * margin, placed.depth + (0 if is_inner else 2 * margin)
        scene = Scene(*((depth, breadth) if self.is_flat else (breadth, depth)))

        def at(point: Point) -> Point:
            return self._point(point[0] + margin, point[1] + (0 if is_inner else margin), depth)

        for shape, centre in zip(shapes, placed.centres[before:], strict=False):
            x, y = at(centre)
            shape.x, shape.y = x - shape.width / 2, y - shape.height / 2
        scene.shapes = shapes
        for edge, route in zip(edges, placed.routes, strict=True):
            ends_in_box = before <= edge.target < len(items) - after and shapes[edge.target - before].inside is None
            scene.lines.append(Line([at(point) for point in route], ends_in_box))
        scene.labels = self._labels(edges, shapes, before, scene.lines)
        if title is not None:
            x, y = at(placed.centres[len(ports)])
            scene.labels.append(Label(title, x - text_width(title, DETAIL_SIZE, bold=True) / 2, y, True))
            offsets = [centre[0] + margin - breadth / 2 for centre in placed.centres]
            scene.entries, scene.exits = offsets[: len(ports)], offsets[len(items) - after :]
        return scene

    def _item(self, width: float, height: float) -> Item:
        return Item(height, width) if self.is_flat else Item(width, height)

    def _point(self, breadth: float, depth: float, whole: float) -> Point:
        if self.direction in ("BT", "RL"):
            depth = whole - depth
        return (depth, breadth) if self.is_flat else (breadth, depth)

    def _shape(self, box: Box) -> Shape:
        if self.expand and box.opens and box.inner is not None:
            inside = self.scene(box.inner, heading_of(box, self.show))
            return Shape(box, [], [], inside.width, inside.height, inside=inside)
        titles, details = _broken(caption_of(box, self.show))
        widths = [text_width(line, TITLE_SIZE, bold=True) for line in titles]
        widths += [text_width(line, DETAIL_SIZE) for line in details]
        width = max(44.0, max(widths) + 2 * _PADDING)
        height = LINE_HEIGHT * (len(titles) + len(details)) + _PADDING
        needed = self._spacing(box) * len(box.outputs) if len(box.outputs) > 1 else 0.0
        return Shape(
            box,
            titles,
            details,
            width if self.is_flat else max(width, needed),
            max(height, needed) if self.is_flat else height,
        )

    def _spacing(self, box: Box) -> float:
        """Return how far apart the outputs of a box leave it: there is room for their names."""
        if self.is_flat:
            return LINE_HEIGHT
        return max(text_width(port.name, DETAIL_SIZE) for port in box.outputs) + _PADDING

    def _edges(
        self, diagram: Diagram, shapes: list[Shape], numbers: dict[int, int], *, exits_from: int | None
    ) -> list[Edge]:
        shape_of = {id(shape.box): shape for shape in shapes}

        def leaving(source: Source, target: int, entry: float | None) -> Edge:
            shape = shape_of.get(id(source.box))
            offset, room = None, 0.0
            if shape is not None and shape.inside is not None:
                offset = shape.inside.exits[source.output]
            elif shape is not None and len(shape.box.outputs) > 1:
                offset = self._spacing(shape.box) * (source.output - (len(shape.box.outputs) - 1) / 2)
                name = shape.box.outputs[source.output].name
                room = text_width(name, DETAIL_SIZE) + _PADDING if self.is_flat else LINE_HEIGHT
            return Edge(numbers[id(source.box)], target, offset, entry, room)

        # What is taken twice from one place is one line.
        edges: dict[Edge, None] = {}
        for shape in shapes:
            for index, source in enumerate(shape.box.arguments):
                entry = shape.inside.entries[index] if shape.inside is not None else None
                edges[leaving(source, numbers[id(shape.box)], entry)] = None
        if exits_from is not None:
            for index, source in enumerate(diagram.outputs):
                edges[leaving(source, exits_from + index, 0.0)] = None
        return list(edges)

    def _labels(self, edges: list[Edge], shapes: list[Shape], before: int, lines: list[Line]) -> list[Label]:
        """Write the name of an output beside the lines that leave it."""
        found: dict[Point, Label] = {}
        for edge, line in zip(edges, lines, strict=True):
            if edge.room:
                box = shapes[edge.source - before].box
                spacing, count = self._spacing(box), len(box.outputs)
                index = round((edge.exit or 0.0) / spacing + (count - 1) / 2)
                x, y = line.points[0]
                name = box.outputs[index].name
                if self.direction == "RL":
                    x -= text_width(name, DETAIL_SIZE) + 6
                shift = {"TB": (3, 8), "BT": (3, -8), "LR": (4, -6), "RL": (0, -6)}[self.direction]
                found[line.points[0]] = Label(name, x + shift[0], y + shift[1])
        return list(found.values())


def _broken(caption: Caption) -> tuple[list[str], list[str]]:
    titles = wrap(caption.title, _TEXT_WIDTH, TITLE_SIZE, bold=True)
    return titles, [line for text in caption.details for line in wrap(text, _TEXT_WIDTH, DETAIL_SIZE)]
