"""Starts contenders and reads what they measured."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from comparison import processes
from comparison.contenders import Contender, Experiment, Threads


def measure(
    contender: Contender, experiment: Experiment, threads: Threads | None, seconds: float
) -> dict[str, Any]:
    """The JSON of one measurement by a process of its own, without another check."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "measured.json"
        arguments = contender.arguments(experiment, threads)
        arguments += ["--seconds", str(seconds), "--json", str(file)]
        if not contender.is_longrun:
            arguments.append("--unchecked")
        processes.output(arguments, processes.LIMIT_SECONDS + 20 * seconds)
        try:
            return json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise processes.Failed(f"it ended well and left no result: {error}") from None


def median_nanos(result: dict[str, Any]) -> float | None:
    """Median time per step of the only row; None if nothing could be measured."""
    (row,) = result["measurements"]
    return row["nanos_per_step"]["median"] if row["outcome"] == "measured" else None


def settled(result: dict[str, Any]) -> bool:
    """Whether the times of the only row had become steady when its warm-up was over."""
    (row,) = result["measurements"]
    return row["outcome"] == "measured" and row["settled"]
