"""What each engine adds to its kernels: the constants that are fitted to served requests."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.cost.expected import Host
from tokenworks.data.rows import load_rows


@dataclass(frozen=True)
class HostFit:
    """The constants of one engine, and where they come from."""

    name: str
    step_seconds: float
    first_seconds: float
    prompts_before: float
    median_error: float  # of the times a token, without the seconds of a step
    unseen_median_error: float  # with them, each model predicted by a fit of the others
    source: str
    accessed: str


def host_fits() -> list[HostFit]:
    """Return the constants of all engines, in file order."""
    return list(load_rows(HostFit, "hosts.csv").values())


def host_of(engine: str, *, fitted_step: bool = False) -> Host:
    """Return what this engine adds; an unknown one raises KeyError.

    The fitted seconds of a step are left out unless asked for: they make unseen models worse.
    """
    table = load_rows(HostFit, "hosts.csv")
    if engine not in table:
        raise KeyError(f"engine {engine!r} is not known; known: {', '.join(table)}")
    fit = table[engine]
    step = fit.step_seconds if fitted_step else 0.0
    return Host(step, fit.first_seconds, fit.prompts_before)
