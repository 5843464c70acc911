"""Results as `longrun bench` writes them: `longrun.measure.BenchJson` reads these files, too.

A peer adds ``checked`` to the measurement. Nothing in it tells where on a machine files lie.
"""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from harness.block_timer import Timing
from harness.curve import Curve
from harness.experiment import Experiment
from harness.options import Options, cores

FORMAT = "longrun bench 1"


@dataclass(frozen=True)
class Measured:
    """The peer was timed."""

    timing: Timing


@dataclass(frozen=True)
class OutOfMemory:
    """So many runs do not fit on the device; frameworks do not say how many would."""


@dataclass(frozen=True)
class Diverged:
    """So many runs were no longer finite in the end: what was timed may not be training."""

    runs: int


Outcome = Measured | OutOfMemory | Diverged


@dataclass(frozen=True)
class Memory:
    """What a process takes; ``device_used`` is None without a device."""

    peak_resident: int | None
    device_used: int | None


@dataclass(frozen=True)
class Result:
    """One measurement and all that belongs to it.

    ``curve`` is None if nobody asked for the check, or if memory ran out before its end.
    """

    started_at: datetime
    engine: str
    version: str
    on: str
    outcome: Outcome
    curve: Curve | None
    device: dict[str, object] | None
    memory: Memory


def now() -> datetime:
    return datetime.now(timezone.utc)


def encode(experiment: Experiment, options: Options, result: Result) -> dict[str, Any]:
    """The whole file."""
    return {
        "format": FORMAT,
        "started_at": result.started_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "version": result.version,
        "machine": {
            "cpu": _cpu(),
            "cores": cores(),
            "os": f"{platform.system()} {platform.release()}",
            "java": "none",
        },
        "device": result.device,
        "peak_resident_bytes": result.memory.peak_resident,
        "device_used_bytes": result.memory.device_used,
        "seconds_per_measurement": options.seconds,
        "configurations": [
            {
                "name": experiment.name,
                "yaml": experiment.yaml,
                "useful_flops_per_step": experiment.useful_flops_per_step,
                "naive_flops_per_step": experiment.naive_flops_per_step,
                "bytes_per_step": experiment.bytes_per_step,
            }
        ],
        "peaks": [],
        "measurements": [_measurement(experiment, options, result)],
    }


def write(root: dict[str, Any], path: Path) -> None:
    """Writes a file, or replaces it, in one instant: a stopped run leaves what was there."""
    part = path.with_name(path.name + ".part")
    part.write_text(text(root), encoding="utf-8")
    os.replace(part, path)


def text(root: dict[str, Any]) -> str:
    return json.dumps(root, indent=2, allow_nan=False) + "\n"


def _measurement(experiment: Experiment, options: Options, result: Result) -> dict[str, Any]:
    return {
        "configuration": experiment.name,
        "engine": result.engine,
        # As with longrun's own engines: on a device there is nothing to choose.
        "threads": None if options.cuda else max(options.threads, options.blas_threads),
        "slots": options.runs,
        "precision": options.precision,
        "emulated": False,
        "on": result.on,
        **_outcome(experiment, options, result.outcome),
        "checked": None
        if result.curve is None
        else result.curve.json(),
    }


def _outcome(experiment: Experiment, options: Options, outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, OutOfMemory):
        return {
            "outcome": "out_of_memory",
            "needed_bytes": None,
            "free_bytes": None,
            "fitting_slots": None,
        }
    if isinstance(outcome, Diverged):
        return {"outcome": "diverged", "diverged_runs": outcome.runs}
    timing = outcome.timing
    nanos = timing.nanos_per_step()
    rate = options.runs * 1e9 / nanos.median
    return {
        "outcome": "measured",
        "warm_up_steps": timing.warm_up_steps,
        "warm_up_nanos": timing.warm_up_nanos,
        "settled": timing.settled,
        "steps_per_block": timing.steps_per_block,
        "block_nanos": list(timing.block_nanos),
        "round_blocks": [len(timing.block_nanos)],
        "nanos_per_step": {
            "median": nanos.median,
            "least": nanos.least,
            "lower_quartile": nanos.lower_quartile,
            "upper_quartile": nanos.upper_quartile,
            "greatest": nanos.greatest,
        },
        "rates": {
            "run_steps_per_second": rate,
            "useful_flops_per_second": rate * experiment.useful_flops_per_step,
            "naive_flops_per_second": rate * experiment.naive_flops_per_step,
            "bytes_per_second": rate * experiment.bytes_per_step,
            "share_of_peak_flops": None,
            "share_of_peak_bytes": None,
            "speed_up_over_cpu": None,
        },
    }


def _cpu() -> str:
    """The processor's name; elsewhere than on Linux its architecture has to do."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name") and ":" in line:
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.machine()
