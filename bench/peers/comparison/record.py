"""The comparison as JSON, format "longrun comparison 1".

Every block of every round is kept, so that others can compute with them. A ratio is taken within a round, where both
were measured within minutes of each other; ``times_slower`` says how many times longrun's run-steps per second are
those of the row. ``checked`` says how far from longrun's the losses were before anything was timed; it is null for
longrun's cpu engine, which the others are compared with.
"""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from comparison.checks import Checked
from comparison.contenders import Contender, Found, Threads
from comparison.search import Tried

FORMAT = "longrun comparison 1"
_KEPT_OF_A_ROUND = (
    *("outcome", "warm_up_steps", "warm_up_nanos", "settled"),
    *("steps_per_block", "block_nanos", "nanos_per_step"),
)


@dataclass
class Row:
    """A contender on one configuration: what its rounds gave, or why there are none.

    ``checked`` is what the check of its losses found, None where there was nothing to compare.
    """

    configuration: str
    contender: Contender
    threads: Threads | None = None
    tried: tuple[Tried, ...] = ()
    checked: Checked = None
    rounds: list[dict[str, Any]] = field(default_factory=list)
    out_of_memory: bool = False
    failure: str | None = None

    @property
    def is_timed(self) -> bool:
        return self.failure is None and not self.out_of_memory

    def fail(self, failed: Exception, say: Callable[[str], None]) -> None:
        self.failure = str(failed)
        say(f"{self.configuration}, {self.contender.name}, {self.contender.precision}: {failed}")

    @property
    def settled(self) -> bool:
        """Whether times had become steady in every round that has any."""
        measured = [result["measurements"][0] for result in self.rounds]
        return all(m["settled"] for m in measured if m["outcome"] == "measured")

    @property
    def is_measured(self) -> bool:
        return any(self.run_steps_per_second())

    def run_steps_per_second(self) -> list[float | None]:
        """By round."""
        rates = []
        for result in self.rounds:
            (row,) = result["measurements"]
            rates.append(
                self.contender.runs * 1e9 / row["nanos_per_step"]["median"]
                if row["outcome"] == "measured"
                else None
            )
        return rates


def encode(
    rows: list[Row], missing: list[Found], commit: str, seconds: float
) -> dict[str, Any]:
    """The whole file."""
    first = next((result for row in rows for result in row.rounds), None)
    longrun = next((r for row in rows for r in row.rounds if row.contender.is_longrun), None)
    return {
        "format": FORMAT,
        "commit": commit,
        "started_at": first and first["started_at"],
        "machine": longrun and longrun["machine"],
        "device": longrun and longrun["device"],
        "seconds_per_measurement": seconds,
        "not_available": [{"engine": found.peer.engine, "why": found.why} for found in missing],
        "rows": [_row(row, rows) for row in rows],
    }


def write(root: dict[str, Any], path: Path) -> None:
    """Writes a file, or replaces it, in one instant."""
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(root, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(part, path)


def _row(row: Row, rows: list[Row]) -> dict[str, Any]:
    contender = row.contender
    about = {
        "configuration": row.configuration,
        "engine": contender.name,
        "runs": contender.runs,
        "device": contender.device,
        "precision": contender.precision,
        "threads": row.threads and row.threads.framework,
        "blas_threads": row.threads and row.threads.blas,
        "threads_tried": [
            {
                "threads": tried.threads.framework,
                "blas_threads": tried.threads.blas,
                "nanos_per_step": tried.nanos,
                "settled": tried.settled,
            }
            for tried in row.tried
        ],
        "checked": row.checked,
        "failure": row.failure,
    }
    if row.out_of_memory:
        return about | {"outcome": "out_of_memory", "nanos_per_step": None}
    if not row.rounds:
        return about
    measured = [result["measurements"][0] for result in row.rounds]
    return about | {
        "version": row.rounds[0]["version"],
        "on": measured[0]["on"],
        "outcome": measured[0]["outcome"],
        "settled": row.settled,
        "rounds": [{key: value.get(key) for key in _KEPT_OF_A_ROUND} for value in measured],
        "nanos_per_step": _spread(
            [m["nanos_per_step"]["median"] for m in measured if m["outcome"] == "measured"]
        ),
        "run_steps_per_second": _spread([rate for rate in row.run_steps_per_second() if rate]),
        "peak_resident_bytes": _most(row, "peak_resident_bytes"),
        "device_used_bytes": _most(row, "device_used_bytes"),
        "times_slower": [
            {"than_runs": other.contender.runs, **ratio}
            for other in rows
            if other.contender.is_longrun
            and other.configuration == row.configuration
            and other.contender.precision == contender.precision
            and (ratio := _ratio(row, other))
        ],
    }


def _ratio(row: Row, longrun: Row) -> dict[str, float] | None:
    pairs = zip(row.run_steps_per_second(), longrun.run_steps_per_second())
    return _spread([ours / theirs for theirs, ours in pairs if theirs and ours])


def _spread(values: list[float]) -> dict[str, float] | None:
    if not values:
        return None
    return {"median": statistics.median(values), "least": min(values), "greatest": max(values)}


def _most(row: Row, key: str) -> int | None:
    return max((result[key] for result in row.rounds if result[key] is not None), default=None)
