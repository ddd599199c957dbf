"""Where this book lives: the repository's address and release, read from `_config.yml` alone."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import yaml

ROOT = Path(__file__).resolve().parents[1]


class Repository(NamedTuple):
    """The address of the repository and the release that links point at."""

    url: str
    tag: str

    def colab(self, path: str) -> str:
        """Return the Colab address of a notebook, named from the repository's root."""
        owner_and_name = self.url.split("github.com/")[-1].strip("/")
        return f"https://colab.research.google.com/github/{owner_and_name}/blob/{self.tag}/{path}"

    def source(self, path: str) -> str:
        """Return the address of a file or folder as the repository shows it."""
        return f"{self.url}/blob/{self.tag}/{path}"


def repository(config: Path = ROOT / "_config.yml") -> Repository:
    """Return the repository and release that `_config.yml` names."""
    entry = yaml.safe_load(config.read_text(encoding="utf-8"))["repository"]
    return Repository(url=entry["url"].rstrip("/"), tag=str(entry["branch"]))
