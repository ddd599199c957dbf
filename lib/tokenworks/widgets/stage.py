"""The frame every widget stands on: `name.py`, `name.js`, `name.css`, and the kit they share.

With a kernel the widget is an anywidget. Without one its `text/html` is a `div.tw-widget` that
holds a table for readers and, as JSON, what the same JavaScript needs on the static site.
"""

from __future__ import annotations

import html
import json
import re
import sys
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import anywidget
import traitlets

HTML_KEY, PLAIN_KEY = "text/html", "text/plain"
KEYS = 'data-lm-suppress-shortcuts="true"'  # JupyterLab leaves its keys to an element with this
NAMED = '{"named":'  # how data begin that are the package's and too large for a notebook
KIT = (
    "_kit",
    "_kept",
    "_controls",
    "_stage",
    "_table",
    "_chart",
)  # each as .js, and as .css where it has a look


def widget_text(file_name: str) -> str:
    """Return the text of one file of this folder."""
    return files("tokenworks.widgets").joinpath(file_name).read_text(encoding="utf-8")


def kit_text() -> str:
    """Return the JavaScript that every widget stands on."""
    return "\n".join(widget_text(f"{part}.js") for part in KIT)


def own_text(name: str) -> str:
    """Return a widget's own JavaScript: `_name.js` and each `_name_*.js`, and then `name.js`."""
    there = (path.name for path in files("tokenworks.widgets").iterdir())
    apart = sorted(one for one in there if re.fullmatch(rf"_{name}(_\w+)?\.js", one))
    return "".join(widget_text(one) for one in (*apart, f"{name}.js"))


def module_text(name: str) -> str:
    """Return the whole JavaScript module of a widget: the kit, then what is the widget's own."""
    return f"{kit_text()}\n{own_text(name)}"


def style_text(*names: str) -> str:
    """Return the rules of these widgets without the palette: the kit's, then each one's own."""
    folder = files("tokenworks.widgets")
    sheets = (f"{part}.css" for part in (*KIT, *names))
    return "\n".join(widget_text(sheet) for sheet in sheets if folder.joinpath(sheet).is_file())


class Stage(anywidget.AnyWidget):
    """A widget: `data` is tabulated once, `state` holds the controls and is synced both ways."""

    data = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if Stage in cls.__bases__:  # traitlets derives once more from it for each instance
            cls._name = cls.__module__.rpartition(".")[2]
            cls._esm = module_text(cls._name)
            cls._css = f"{widget_text('theme.css')}\n{style_text(cls._name)}"
        super().__init_subclass__(**kwargs)

    def grid(self) -> dict[str, Sequence[Any]]:
        """Return the values each control may take."""
        return {}

    def fallback(self) -> str:
        """Return the HTML that readers without JavaScript see."""
        raise NotImplementedError

    @traitlets.validate("state")
    def _on_grid(self, proposal: dict[str, Any]) -> dict[str, Any]:
        state = proposal["value"]
        for name, values in self.grid().items():
            if name in state and state[name] not in values:
                listed = ", ".join("off" if value is None else str(value) for value in values)
                raise ValueError(f"{name} = {state[name]!r} is not recorded; choose from {listed}")
        return state

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.shown().items())
        return f"{type(self).__name__}({shown})"

    def shown(self) -> dict[str, Any]:
        """Return what the repr says: the controls; it must not change between runs."""
        return {name: value for name, value in self.state.items() if name in self.grid()}

    def static_html(self) -> str:
        """Return the static form: a div with the table and the data as JSON."""
        return (
            f'<div class="tw-widget" data-widget="{self._name}">'
            f'<div class="tw-fallback">{self.fallback()}</div>'
            f'<script type="application/json" class="tw-data">{self.held()}</script></div>'
        )

    def held(self) -> str:
        """Return data and state as JSON that may stand in a page."""
        return json_text({"data": self.data, "state": self.state})

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle, *metadata = super()._repr_mimebundle_(**kwargs) or ({},)
        bundle[PLAIN_KEY] = repr(self)
        if "google.colab" not in sys.modules:  # Colab would draw the table beside the live widget
            bundle[HTML_KEY] = self.static_html()
        return (bundle, *metadata)


def json_text(value: Any) -> str:
    """Return a value as JSON in which nothing closes the script that holds it, or opens another."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def chosen(controls: dict[str, Any], **known: Any) -> dict[str, Any]:
    """Return the known controls with the given ones in their place; an unknown raises TypeError."""
    if unknown := sorted(controls.keys() - known.keys()):
        raise TypeError(f"unknown controls {unknown}; known: {', '.join(known)}")
    return known | controls


def html_table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of text cells; the first cell of each row names the row."""
    titles = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in head)
    lines = []
    for name, *cells in rows:
        line = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        lines.append(f'<tr><th scope="row">{html.escape(name)}</th>{line}</tr>')
    return (
        f"<table><caption>{html.escape(caption)}</caption><thead><tr>{titles}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table>"
    )
