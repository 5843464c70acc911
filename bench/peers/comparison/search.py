"""Finds the threads that a peer is fastest with, separately for each configuration.

A peer is compared at its best: more threads often make small models slower, and frameworks' defaults are seldom
the best. What was tried is kept in the record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from comparison import processes, running
from comparison.contenders import Contender, Experiment, Threads


@dataclass(frozen=True)
class Tried:
    """One setting; ``nanos`` per step is None if nothing could be measured."""

    threads: Threads
    nanos: float | None
    settled: bool


@dataclass(frozen=True)
class Found:
    """The fastest setting of those that were tried."""

    best: Threads
    tried: tuple[Tried, ...]


def counts(cores: int) -> list[int]:
    """Powers of two, and all cores."""
    return [count for count in (1 << k for k in range(cores.bit_length())) if count < cores] + [cores]


def best(
    contender: Contender,
    experiment: Experiment,
    cores: int,
    seconds: float,
    say: Callable[[str], None],
) -> Found:
    """Tries as many threads for the framework as for its BLAS, then fewer or more around the best.

    With one pool for both that is one number alone. Longrun itself takes every core, as it does by
    default.
    """
    if contender.is_longrun:
        return Found(Threads(cores), ())
    tried: dict[Threads, Tried] = {}

    def measure(settings: list[Threads]) -> None:
        for threads in settings:
            if threads not in tried:
                tried[threads] = _measured(contender, experiment, threads, seconds, say)

    numbers = counts(cores)
    if contender.separate_blas:
        measure([Threads(count, count) for count in numbers])
        measure(_around(_fastest(tried), numbers))
    else:
        measure([Threads(count) for count in numbers])
    return Found(_fastest(tried), tuple(tried.values()))


def _around(threads: Threads, numbers: list[int]) -> list[Threads]:
    """Another number for one of the two, the next below or above."""
    at = numbers.index(threads.framework)
    nearby = numbers[max(0, at - 1) : at] + numbers[at + 1 : at + 2]
    return [
        *(Threads(threads.framework, count) for count in nearby),
        *(Threads(count, threads.blas) for count in nearby),
    ]


def _measured(
    contender: Contender,
    experiment: Experiment,
    threads: Threads,
    seconds: float,
    say: Callable[[str], None],
) -> Tried:
    result = running.measure(contender, experiment, threads, seconds)
    nanos = running.median_nanos(result)
    settled = running.settled(result)
    shown = "nothing" if nanos is None else f"{nanos / 1e6:.1f} ms{'' if settled else ', unsettled'}"
    say(f"{contender.name}, threads {threads}: {shown}")
    return Tried(threads, nanos, settled)


def _fastest(tried: dict[Threads, Tried]) -> Threads:
    """Of those whose times had become steady, if there are any."""
    measured = [entry for entry in tried.values() if entry.nanos is not None]
    if not measured:
        raise processes.Failed("nothing could be measured with any number of threads")
    settled = [entry for entry in measured if entry.settled]
    return min(settled or measured, key=lambda entry: entry.nanos).threads
