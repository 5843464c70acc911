"""Times everybody in rounds: one process of each contender after the other, and so again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby

from comparison import processes, running
from comparison.contenders import Experiment
from comparison.record import Row


class Mixed(Exception):
    """A program is not the same as in the rounds before; the message says which."""


def measure(
    rows: list[Row],
    experiments: Mapping[str, Experiment],
    rounds: int,
    seconds: float,
    say: Callable[[str], None],
) -> None:
    """Adds a result to every row in each round; one that fails is left out from then on."""
    versions: dict[str, str] = {}
    for number in range(rounds):
        for row in in_turn(rows, number, rounds):
            if not row.is_timed:
                continue
            experiment = experiments[row.configuration]
            try:
                result = running.measure(row.contender, experiment, row.threads, seconds)
            except processes.Failed as failed:
                row.fail(failed, say)
                continue
            _require_same(versions, row.contender.engine, result["version"])
            row.rounds.append(result)
            nanos = running.median_nanos(result)
            shown = "nothing" if nanos is None else f"{nanos / 1e6:.4g} ms"
            unsettled = "" if nanos is None or running.settled(result) else ", unsettled"
            say(
                f"round {number + 1}, {row.configuration}, {row.contender.name}, "
                f"{row.contender.precision}, {row.contender.runs}: {shown}{unsettled}"
            )


def in_turn(rows: list[Row], number: int, rounds: int) -> list[Row]:
    """The rows of a round, counted from 0: each begins with another program.

    Whatever slows a machine down by and by, heat or a neighbour, then does not always meet the same.
    """
    turned: list[Row] = []
    for _, group in groupby(rows, lambda row: row.configuration):
        same = list(group)
        first = number * len(same) // rounds
        turned += same[first:] + same[:first]
    return turned


def _require_same(versions: dict[str, str], engine: str, version: str) -> None:
    before = versions.setdefault(engine, version)
    if before != version:
        raise Mixed(
            f"{engine} was {before} in rounds before, and now is {version}: leave sources and "
            "frameworks alone while they are measured"
        )
