"""Pictures of models as files. Floor 11."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any, get_args

from ..errors import ConfigError, MissingExtraError, NotBuiltError
from ..models.diagrams import Diagram, Direction, Show, diagram_of, dot_text, mermaid_text, svg_text

__all__ = ["model_to_dot", "plot_model"]

_TEXTS = (".svg", ".dot", ".mmd")
_BY_GRAPHVIZ = (".png", ".pdf")
_MORE = ", and install Graphviz (apt-get install graphviz, brew install graphviz); .svg, .dot and .mmd need nothing"


class Picture:
    """A picture that was written to a file; a notebook shows it.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path):
        self.path = path

    def __repr__(self) -> str:
        return f"<Picture {self.path}>"

    def _repr_svg_(self) -> str | None:
        return self.path.read_text(encoding="utf-8") if self.path.suffix == ".svg" else None

    def _repr_png_(self) -> bytes | None:
        return self.path.read_bytes() if self.path.suffix == ".png" else None


def plot_model(
    model: Any,
    to_file: str | os.PathLike[str] = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str | None = None,
) -> Picture:
    """Draw a model into a file: a box for every call of a layer, an arrow for every value.

    `.svg`, and the texts `.dot` (Graphviz) and `.mmd` (Mermaid, for Markdown) need nothing; `.png` and `.pdf` are made
    by Graphviz.

    Args:
        model: built, of any style; of one whose calls are not known, its layers are drawn without arrows.
        to_file: its suffix says the format.
        show_shapes: whether shapes of inputs and outputs are written into the boxes.
        show_dtype: whether their dtypes are.
        show_layer_names: whether the layers' names are.
        rankdir: where values flow: `"TB"` from top to bottom, `"BT"`, `"LR"` or `"RL"`.
        expand_nested: whether what is inside of nested models is drawn too, at their first call.
        dpi: pixels per inch of a `.png`.
        show_layer_activations: whether activation functions are written into the boxes.
        show_trainable: whether it is written into the boxes whether weights are trained.
        splines: how Graphviz draws edges (`"ortho"`, `"curved"`, `"line"` …); `.svg` and `.mmd` have their own way.

    Returns:
        the picture, which a notebook shows.

    Raises:
        ConfigError: for an unknown suffix or direction.
        NotBuiltError: if the model has not been built.
        MissingExtraError: if `pydot` or Graphviz is needed and not installed.

    Example:
        >>> import tempfile, pathlib
        >>> model = hybrid.Sequential([hybrid.Input((3,)), hybrid.layers.Dense(2)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "model.mmd")
        ...     _ = plot_model(model, file, show_shapes=True)
        ...     print(file.read_text(encoding="utf-8").splitlines()[2])
          n1["Dense<br/>in: #40;None, 3#41;<br/>out: #40;None, 2#41;"]:::layer
    """
    target = Path(to_file)
    suffix = target.suffix.lower()
    if suffix not in (*_TEXTS, *_BY_GRAPHVIZ):
        known = ", ".join((*_TEXTS, *_BY_GRAPHVIZ))
        raise ConfigError(f"Unknown format of a picture: '{target.name}'.", fix=f"use one of the suffixes {known}")
    direction = _direction(rankdir)
    show = Show("both" if show_shapes else "none", show_dtype, show_layer_names, show_layer_activations, show_trainable)
    diagram = _diagram(model)
    if suffix == ".svg":
        text: str = svg_text(diagram, show, expand=expand_nested, direction=direction)
    elif suffix == ".mmd":
        text = mermaid_text(diagram, show, expand=expand_nested, direction=direction)
    else:
        resolution = dpi if suffix == ".png" else None
        text = dot_text(diagram, show, expand=expand_nested, direction=direction, dpi=resolution, splines=splines)
    # Half a surrogate pair is a legal name in Python, but cannot be written.
    _replace(target, text.encode("utf-8", "replace") if suffix in _TEXTS else _by_graphviz(text, suffix))
    return Picture(target)


def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str | None = None,
) -> Any:
    """Return a model as a graph of `pydot`, which can be changed before it is drawn.

    Args:
        model: built.
        show_shapes: as in `plot_model`, like all that follow.
        show_dtype: likewise.
        show_layer_names: likewise.
        rankdir: likewise.
        expand_nested: likewise.
        dpi: likewise.
        show_layer_activations: likewise.
        show_trainable: likewise.
        splines: likewise.

    Returns:
        `pydot.Dot`.

    Raises:
        NotBuiltError: if the model has not been built.
        MissingExtraError: if `pydot` is not installed.
    """
    direction = _direction(rankdir)
    show = Show("both" if show_shapes else "none", show_dtype, show_layer_names, show_layer_activations, show_trainable)
    text = dot_text(_diagram(model), show, expand=expand_nested, direction=direction, dpi=dpi, splines=splines)
    return _parsed(text, "model_to_dot")


def _direction(rankdir: str) -> Direction:
    if rankdir not in get_args(Direction):
        raise ConfigError(f"Unknown rankdir: {rankdir!r}.", fix=f"use one of {', '.join(get_args(Direction))}")
    return rankdir  # type: ignore[return-value]


def _diagram(model: Any) -> Diagram:
    if not model.built:
        raise NotBuiltError(
            f"'{model.path}' cannot be drawn: it has not been built.",
            why="what its layers take and give is not known before",
            fix="call model.build(input_shape), or the model on data",
        )
    return diagram_of(model)


def _by_graphviz(text: str, suffix: str) -> bytes:
    graph = _parsed(text, f"A {suffix} file")
    if shutil.which("dot") is None:
        raise MissingExtraError("graphviz", f"A {suffix} file", "plot", more=_MORE)
    content: bytes = graph.create(format=suffix[1:])
    return content


def _parsed(text: str, purpose: str) -> Any:
    try:
        import pydot
    except ImportError:
        raise MissingExtraError("pydot", purpose, "plot", more=_MORE) from None
    with warnings.catch_warnings():
        # Its parser uses names that newer versions of pyparsing call deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        graphs = pydot.graph_from_dot_data(text)
    return graphs[0]


def _replace(target: Path, content: bytes) -> None:
    """Write a file aside and rename it into its place: it is whole, or it is as before."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(aside, 0o644)
        os.replace(aside, target)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
