"""Which exercises there are: a folder for each chapter, found by looking, loaded when asked for."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache
from types import ModuleType

from tokenworks import checks
from tokenworks.checks.exercise import Exercise


@cache
def chapters() -> dict[str, ModuleType]:
    """Return the packages with exercises by the number of their chapter, such as "05"."""
    names = [found.name for found in pkgutil.iter_modules(checks.__path__) if found.ispkg]
    packages = [importlib.import_module(f"{checks.__name__}.{name}") for name in names]
    return {package.CHAPTER[:2]: package for package in sorted(packages, key=lambda p: p.CHAPTER)}


@cache
def exercises(chapter: str) -> dict[str, Exercise]:
    """Return the exercises of one chapter by id and in order."""
    package = chapters()[chapter]
    names = [found.name for found in pkgutil.iter_modules(package.__path__)]
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    found = [e for module in modules for e in vars(module).values() if isinstance(e, Exercise)]
    own = [e for e in dict.fromkeys(found) if e.solution.__module__.startswith(package.__name__)]
    return numbered(own)


def all_exercises() -> dict[str, Exercise]:
    """Return the exercises of all chapters by id and in order."""
    return {id: one for chapter in chapters() for id, one in exercises(chapter).items()}


def numbered(found: Iterable[Exercise]) -> dict[str, Exercise]:
    """Return exercises by id and in order; two of one number raise ValueError."""
    by_id = dict[str, Exercise]()
    for one in sorted(found, key=lambda e: e.number):
        other = by_id.setdefault(one.id, one)
        if other is not one:
            raise ValueError(f"{other.name} and {one.name} are both exercise {one.id}")
    return by_id
