"""Finding a value in a published config: other names for it, nesting, defaults, complaints."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tokenworks.configs.defaults import class_default
from tokenworks.number import shown, whole

# Where configs of models that also see or hear keep the part that writes text.
NESTS = (
    *("text_config", "llm_config", "language_config", "thinker_config"),
    *("language_model_config", "text_model_config", "vlm_config", "lm_config", "llm_cfg"),
)
LARGEST = 10**9
# One meaning, many names; the first is the one that complaints use.
LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "num_transformer_layers")
HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads", "attention_heads")
WIDTH = ("hidden_size", "n_embd", "d_model", "n_embed", "dim", "model_dim")
HEAD = ("head_dim", "kv_channels", "hidden_size_per_head", "attention_head_dim", "dim_head")
CONTEXT = (
    "max_position_embeddings",
    "n_positions",
    "max_seq_len",
    "seq_length",
    "max_sequence_length",
    "max_context_length",
    "max_decoder_position_embeddings",
    "n_ctx",
)


def load_config(path: str | Path) -> dict[str, Any]:
    """Read a config.json; a file that cannot be one raises ValueError with its name."""
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder; name the config.json in it")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not a text file") from None
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    if not text.strip():
        raise ValueError(f"{path} is empty")
    try:
        config = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is not JSON: {error}") from None
    except (ValueError, RecursionError):
        raise ValueError(f"{path} is not JSON that can be read: too deep or too long") from None
    if not isinstance(config, dict):
        raise ValueError(f"{path} holds no JSON object, but {_kind(config)}")
    return config


@dataclass(frozen=True)
class Keys:
    """One config, or its text part, with the notes that reading it leaves."""

    config: Mapping[str, Any]
    notes: list[str] = field(default_factory=list)
    around: tuple[Mapping[str, Any], ...] = ()  # the configs that this one is nested in
    read: set[str] = field(default_factory=set)  # names that somebody has asked for, "a.b" too
    place: str = ""  # of these keys in the config, "a." inside of a

    @property
    def model_type(self) -> str:
        """The family, in lower case, "" where the config does not say."""
        family = self.config.get("model_type") or ""
        if not isinstance(family, str):
            raise ValueError(f"model_type must be a text, got {shown(family)}")
        return family.lower()

    def raw(self, name: str) -> Any:
        """Return the value at a name, `a.b` for one inside another; None where there is none."""
        self.read.update((self.place + name, (self.place + name).split(".")[0]))
        value: Any = self.config
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        return value

    def inner(self, name: str) -> Keys:
        """Return the keys inside one; none where it is missing or null.

        Anything but an object raises ValueError.
        """
        value = self.raw(name)
        if value is not None and not isinstance(value, Mapping):
            raise ValueError(f"{name} must be an object, got {shown(value)}")
        return Keys(value or {}, self.notes, read=self.read, place=f"{self.place}{name}.")

    def texts(self, name: str) -> list[str]:
        """Return a list of texts, empty where it is missing or null; others raise ValueError."""
        value = self.raw(name)
        found = [] if value is None else value
        if not isinstance(found, list) or not all(isinstance(entry, str) for entry in found):
            raise ValueError(f"{name} must be a list of texts, got {shown(value)}")
        return found

    def understood(self, *names: str) -> None:
        """Say that these keys have been seen to."""
        self.read.update(self.place + name for name in names)

    def integer(self, *names: str, least: int = 1) -> int | None:
        """Return the first of these keys that is there as a whole number; None where none is."""
        found = next((name for name in names if self.raw(name) is not None), None)
        if found is None:
            return None
        return whole(self.raw(found), found, least=least, most=LARGEST)

    def required(self, name: str, *others: str) -> int:
        """Return the first of these keys that is there, or the class default of the first.

        Neither: ValueError that names the key.
        """
        value = self.integer(name, *others)
        value = self.default(name) if value is None else value
        if value is None:
            nor = f" (nor {', '.join(others)})" if others else ""
            raise ValueError(f"the config has no {name}{nor}{self._elsewhere(name, *others)}")
        return value

    def _elsewhere(self, *names: str) -> str:
        """Return which parts of the config have such a key, that are not known to write text."""
        parts = [
            part
            for part, value in self.config.items()
            if isinstance(value, Mapping) and any(name in value for name in names)
        ]
        return f"; its {' and '.join(parts)} are not read here" if parts else ""

    def default(self, key: str) -> Any:
        """Return transformers' own value for a missing key and note it, None where it has none."""
        value = class_default(self.model_type, key, nested=bool(self.around))
        if value is not None:
            self.note_taken(key, value, "as transformers does")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a true-or-false key, with the class default where it is missing."""
        value = self.raw(name)
        if value is None:
            return bool(class_default(self.model_type, name) or default)
        if not isinstance(value, bool):
            raise ValueError(f"{name} must be true or false, got {shown(value)}")
        return value

    def note(self, text: str) -> None:
        """Leave a note for the person who reads the result, once."""
        if text not in self.notes:
            self.notes.append(text)

    def note_taken(self, key: str, value: Any, why: str) -> None:
        """Note the value that stands in for a missing key."""
        self.note(f"{key} is missing: taken as {value}, {why}")


def text_part(
    config: Mapping[str, Any], notes: list[str], around: tuple[Mapping[str, Any], ...] = ()
) -> Keys:
    """Return the keys of the part of a config that writes text."""
    for nest in NESTS:
        if isinstance(config.get(nest), Mapping):
            notes.append(f"read from {nest}: what sees or hears is not counted")
            return text_part(_typed(config, nest), notes, (*around, config))
    return Keys(config, notes, around)


def _typed(config: Mapping[str, Any], nest: str) -> Mapping[str, Any]:
    """Return the nested part; where it names no family it is of its parent's."""
    return {"model_type": config.get("model_type"), **config[nest]}


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
