"""Starts contenders and reads what they measured."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from comparison.contenders import Contender, Experiment, Threads

_DIFFERS = 1


class Failed(Exception):
    """A contender did not come to an end; the message is the last that it said."""


def check(contender: Contender, experiment: Experiment, threads: Threads | None) -> None:
    """Returns if its loss curve is longrun's."""
    if not contender.is_longrun:
        _run([*contender.arguments(experiment, threads), "--check-only"])


def measure(
    contender: Contender, experiment: Experiment, threads: Threads | None, seconds: float
) -> dict[str, Any]:
    """The JSON of one measurement by a process of its own, without another check."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "measured.json"
        arguments = contender.arguments(experiment, threads)
        arguments += ["--seconds", str(seconds), "--json", str(file)]
        _run(arguments if contender.is_longrun else [*arguments, "--unchecked"])
        return json.loads(file.read_text(encoding="utf-8"))


def median_nanos(result: dict[str, Any]) -> float | None:
    """Median time per step of the only row; None if nothing could be measured."""
    (row,) = result["measurements"]
    return row["nanos_per_step"]["median"] if row["outcome"] == "measured" else None


def _run(arguments: list[str]) -> None:
    done = subprocess.run(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
    if done.returncode != 0:
        said = [line for line in done.stderr.strip().splitlines() if line.strip()]
        what = "its loss curve differs" if done.returncode == _DIFFERS else "it failed"
        raise Failed(f"{what} (exit code {done.returncode}): {' / '.join(said[-3:])}")
