"""Does everybody train the same? Each program's losses beside those of longrun's cpu engine, once.

Peers check themselves: harness.curve says how. Of longrun, the losses are those of its cpu engine; its
cuda engine is held to them with the same tolerances. TF32 hides small errors, so a program that uses
it has to pass in fp32 first.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from comparison import processes
from comparison.contenders import ROOT, Contender, Experiment
from harness import curve

# {"steps", "largest_relative_difference", "at_step"}; None where there was nothing to compare
Checked = dict[str, Any] | None


class OutOfMemory(Exception):
    """The device has too little memory for the contender: a result, not a failure."""


class Checks:
    """Remembers who has passed."""

    def __init__(self) -> None:
        self._passed: dict[tuple[Contender, Experiment], Checked] = {}

    def check(self, contender: Contender, experiment: Experiment) -> Checked:
        """The check's result if it trains the same; else processes.Failed, or OutOfMemory."""
        if contender.precision != "fp32":
            try:
                self.check(replace(contender, precision="fp32"), experiment)
            except processes.Failed as failed:
                raise processes.Failed(f"in fp32, {failed}") from None
        key = contender, experiment
        if key not in self._passed:
            self._passed[key] = _check(contender, experiment)
        return self._passed[key]


def _check(contender: Contender, experiment: Experiment) -> Checked:
    if not contender.is_longrun:
        return _told(processes.output([*contender.arguments(experiment, None), "--check-only"]))
    return _of_cuda(contender, experiment) if contender.device == "cuda" else None


def _told(line: str) -> Checked:
    try:
        answer = json.loads(line)
        checked = answer["checked"]
    except (ValueError, TypeError, KeyError):
        raise processes.Failed(f"its check is not understood: {line.strip()[:200]!r}") from None
    if checked is None:
        raise OutOfMemory
    return checked


def _of_cuda(contender: Contender, experiment: Experiment) -> Checked:
    """Losses of as many runs as are to be timed, trained on the device side by side."""
    with tempfile.TemporaryDirectory() as folder:
        trained = Path(folder) / experiment.name
        processes.output(
            [
                *(str(ROOT / "bench/export-experiment"), str(experiment.config), str(trained)),
                *("--runs", str(contender.runs), "--engine", "cuda"),
                *("--set", f"training.precision={contender.precision}"),
            ]
        )
        followed = compared(experiment.folder, trained, contender.runs, contender.precision)
    if not followed.passes():
        print(followed.table(), file=sys.stderr, flush=True)
        difference = followed.largest_relative_difference()
        raise processes.Failed(f"its loss curve differs: by {difference:.1e}, as shown above")
    return followed.json()


def compared(expected: Path, actual: Path, runs: int, precision: str) -> curve.Curve:
    """The losses of two exported experiments."""
    steps, right = _losses(expected)
    same_steps, losses = _losses(actual)
    if steps != same_steps or len(losses) != runs or len(right) < runs:
        raise processes.Failed(f"{actual.name} was exported with other steps or runs")
    return curve.Curve(steps, right[:runs], losses, curve.TOLERANCES[precision])


def _losses(folder: Path) -> tuple[tuple[int, ...], tuple[tuple[float, ...], ...]]:
    root = json.loads((folder / "experiment.json").read_text(encoding="utf-8"))
    return tuple(root["evaluated_steps"]), tuple(tuple(row) for row in root["train_losses"])
