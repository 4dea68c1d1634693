"""`Scene`: a diagram with everything in its place, ready to be written down.

Floor 10. What is opened is a scene of its own, laid out first and then placed like a box; the edges that reach into it
go through ports on its border.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from .caption import Caption, Show, caption_of, heading_of, text_width, wrap
from .diagram import Box, Diagram, Source
from .layout import Edge, Item, Placed, place

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
    return _Draft(show, expand, direction).outer(diagram)


class _Way(NamedTuple):
    """An edge, and what is written where it begins."""

    edge: Edge
    name: str


class _Draft:
    """Makes scenes, all in one direction."""

    def __init__(self, show: Show, expand: bool, direction: Direction):
        self.show = show
        self.expand = expand
        self.direction = direction
        self.is_flat = direction in ("LR", "RL")

    def outer(self, diagram: Diagram) -> Scene:
        """Lay out a whole diagram."""
        shapes = [self._shape(box) for box in diagram.boxes]
        numbers = {id(shape.box): number for number, shape in enumerate(shapes)}
        # Where it is not known what takes what, the boxes stand below each other.
        first = {} if diagram.is_connected else {number: number for number in range(len(shapes))}
        ways = self._ways(shapes, numbers)
        placed = place([self._item(s.width, s.height) for s in shapes], [way.edge for way in ways], first=first)
        return self._scene(placed, shapes, ways, before=0, margins=(2.0, 2.0))

    def inner(self, diagram: Diagram, title: str) -> Scene:
        """Lay out the inside of a box: inputs and outputs are points on its border, the title is an item, too."""
        shapes = [self._shape(box) for box in diagram.boxes if box.role != "input"]
        inputs, before, end = len(diagram.inputs), len(diagram.inputs) + 1, len(diagram.inputs) + 1 + len(shapes)
        point, title_width = Item(0.0, 0.0), text_width(title, DETAIL_SIZE, bold=True)
        items = [point] * inputs + [self._item(title_width, LINE_HEIGHT)]
        items += [self._item(shape.width, shape.height) for shape in shapes] + [point] * len(diagram.outputs)
        numbers = {id(box): number for number, box in enumerate(diagram.inputs)}
        numbers.update((id(shape.box), before + number) for number, shape in enumerate(shapes))
        ways = self._ways(shapes, numbers, [(source, end + number) for number, source in enumerate(diagram.outputs)])
        # Beside the boxes a title takes no room of its own where values flow sideways.
        start = 1 if self.is_flat else 2
        placed = place(
            items,
            [way.edge for way in ways],
            first={**dict.fromkeys(range(inputs), 0), inputs: 1},
            start=start,
            last=range(end, len(items)),
            tight=range(start),
            leftmost=(inputs,),
        )
        margin = 14.0
        scene = self._scene(placed, shapes, ways, before=before, margins=(margin, 0.0))
        x, y = self._point(placed.centres[inputs], placed, (margin, 0.0))
        scene.labels.append(Label(title, x - title_width / 2, y, stands_out=True))
        offsets = [breadth - placed.breadth / 2 for breadth, _ in placed.centres]
        scene.entries, scene.exits = offsets[:inputs], offsets[end:]
        return scene

    def _scene(self, placed: Placed, shapes: list[Shape], ways: list[_Way], *, before: int, margins: Point) -> Scene:
        """Put shapes and lines where they were placed; `before` items were placed that are no shapes."""
        size = placed.breadth + 2 * margins[0], placed.depth + 2 * margins[1]
        scene = Scene(size[self.is_flat], size[not self.is_flat], shapes)
        for shape, centre in zip(shapes, placed.centres[before:], strict=False):
            x, y = self._point(centre, placed, margins)
            shape.x, shape.y = x - shape.width / 2, y - shape.height / 2
        labels: dict[Point, Label] = {}
        for (edge, name), route in zip(ways, placed.routes, strict=True):
            points = [self._point(point, placed, margins) for point in route]
            target = edge.target - before
            scene.lines.append(Line(points, target < len(shapes) and shapes[target].inside is None))
            if name:
                labels[points[0]] = self._label(name, points[0])
        scene.labels = list(labels.values())
        return scene

    def _point(self, point: Point, placed: Placed, margins: Point) -> Point:
        breadth, depth = point[0] + margins[0], point[1]
        if self.direction in ("BT", "RL"):
            depth = placed.depth - depth
        depth += margins[1]
        return (depth, breadth) if self.is_flat else (breadth, depth)

    def _label(self, name: str, start: Point) -> Label:
        """Write a name beside the begin of a line."""
        width = text_width(name, DETAIL_SIZE)
        x, y = {"TB": (3.0, 8.0), "BT": (3.0, -8.0), "LR": (4.0, -6.0), "RL": (-6.0 - width, -6.0)}[self.direction]
        return Label(name, start[0] + x, start[1] + y)

    def _item(self, width: float, height: float) -> Item:
        return Item(height, width) if self.is_flat else Item(width, height)

    def _shape(self, box: Box) -> Shape:
        if self.expand and box.opens and box.inner is not None:
            inside = self.inner(box.inner, heading_of(box, self.show))
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

    def _ways(
        self, shapes: list[Shape], numbers: dict[int, int], outputs: Sequence[tuple[Source, int]] = ()
    ) -> list[_Way]:
        """Return the edges between shapes, and those to the points where outputs leave."""
        shape_of = {id(shape.box): shape for shape in shapes}

        def leaving(source: Source, target: int, entry: float | None) -> _Way:
            number, shape = numbers[id(source.box)], shape_of.get(id(source.box))
            if shape is not None and shape.inside is not None:
                return _Way(Edge(number, target, shape.inside.exits[source.output], entry), "")
            if len(source.box.outputs) == 1:
                return _Way(Edge(number, target, None, entry), "")
            name = source.box.outputs[source.output].name
            offset = self._spacing(source.box) * (source.output - (len(source.box.outputs) - 1) / 2)
            room = text_width(name, DETAIL_SIZE) + _PADDING if self.is_flat else LINE_HEIGHT
            return _Way(Edge(number, target, offset, entry, room), name)

        # What is taken twice from one place is one line.
        ways: dict[_Way, None] = {}
        for shape in shapes:
            entries = shape.inside.entries if shape.inside is not None else [None] * len(shape.box.arguments)
            for source, entry in zip(shape.box.arguments, entries, strict=True):
                ways[leaving(source, numbers[id(shape.box)], entry)] = None
        for source, target in outputs:
            ways[leaving(source, target, 0.0)] = None
        return list(ways)


def _broken(caption: Caption) -> tuple[list[str], list[str]]:
    titles = wrap(caption.title, _TEXT_WIDTH, TITLE_SIZE, bold=True)
    return titles, [line for text in caption.details for line in wrap(text, _TEXT_WIDTH, DETAIL_SIZE)]
