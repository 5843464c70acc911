"""Finds the threads that a peer is fastest with, separately for each configuration.

A peer is compared at its best: more threads often make small models slower, and frameworks' defaults are seldom
the best. What was tried is kept in the record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from comparison import running
from comparison.contenders import Contender, Experiment, Threads


@dataclass(frozen=True)
class Tried:
    """One setting; ``nanos`` per step is None if nothing could be measured."""

    threads: Threads
    nanos: float | None


@dataclass(frozen=True)
class Found:
    """The fastest setting of those that were tried."""

    best: Threads
    tried: tuple[Tried, ...]


def settings(cores: int) -> list[Threads]:
    """One, half and all cores for the framework, by the same for its BLAS."""
    counts = sorted({1, max(1, cores // 2), cores})
    return [Threads(framework, blas) for framework in counts for blas in counts]


def best(
    contender: Contender,
    experiment: Experiment,
    cores: int,
    seconds: float,
    say: Callable[[str], None],
) -> Found:
    """Tries them all; longrun itself takes every core, as it does by default."""
    if contender.is_longrun:
        return Found(Threads(cores, cores), ())
    tried = []
    for threads in settings(cores):
        nanos = running.median_nanos(running.measure(contender, experiment, threads, seconds))
        shown = "nothing" if nanos is None else f"{nanos / 1e6:.1f} ms"
        say(f"{contender.name}, threads {threads.framework}, of BLAS {threads.blas}: {shown}")
        tried.append(Tried(threads, nanos))
    measured = [entry for entry in tried if entry.nanos is not None]
    if not measured:
        raise running.Failed("nothing could be measured with any number of threads")
    return Found(min(measured, key=lambda entry: entry.nanos).threads, tuple(tried))
