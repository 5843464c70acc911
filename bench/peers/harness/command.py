"""What a peer's script does, from command line to exit code."""

from __future__ import annotations

import json
import math
import os
import sys
import traceback

from harness import bench_json, block_timer, cuda_driver, curve, experiment, memory, options, threads
from harness.curve import Curve
from harness.experiment import Experiment, ExperimentError
from harness.options import Options
from harness.peer import DeviceOutOfMemory, Peer, Program, Unavailable

DONE = 0
# Not 1, with which Python itself ends when a script cannot even start.
USAGE = 2
FAILED = 3
UNAVAILABLE = 4
DIFFERS = 5
INTERRUPTED = 130


def main(program: Program, argv: list[str] | None = None) -> int:
    """Runs a peer; returns its exit code. A command line that cannot be parsed exits by itself."""
    chosen = options.parse(
        program.engine.replace("-", "_"),
        program.variants,
        program.many_runs,
        sys.argv[1:] if argv is None else argv,
    )
    try:
        if chosen is None:
            print(json.dumps(program.probe().json()))
            return DONE
        read = _experiment(chosen)
        os.environ.update(threads.environment(chosen))
        os.environ.update(program.environment(chosen))
        memory.keep_freed()
        return _run(program, read, chosen)
    except KeyboardInterrupt:
        return _fail(program, INTERRUPTED, "interrupted; nothing was written")
    except Unavailable as error:
        return _fail(program, UNAVAILABLE, str(error))
    except ExperimentError as error:  # initial parameters are read only when they are needed
        return _fail(program, USAGE, str(error))
    except Exception as error:
        traceback.print_exc()
        last = traceback.format_exception_only(error)[-1].strip()
        return _fail(program, FAILED, f"failed as told above: {last}")


def _experiment(chosen: Options) -> Experiment:
    read = experiment.read(chosen.experiment)
    if chosen.runs > read.runs:
        raise ExperimentError(
            f"--runs {chosen.runs}: {chosen.experiment} has {read.runs}; "
            f"bench/export-experiment CONFIG --runs {chosen.runs} FOLDER writes more"
        )
    if chosen.json is not None:
        if chosen.json.is_dir():
            raise ExperimentError(f"--json {chosen.json}: is a folder; name a file")
        if not chosen.json.absolute().parent.is_dir():
            raise ExperimentError(f"--json {chosen.json}: there is no such folder")
    return read


def _run(program: Program, read: Experiment, chosen: Options) -> int:
    started_at = bench_json.now()
    peer = checked = None
    try:
        peer = program.build(read, chosen)
        if not chosen.unchecked:
            checked = curve.follow(read, peer, chosen.runs, chosen.precision)
            if not checked.passes():
                return _differs(program, checked)
            difference = checked.largest_relative_difference()
            _say(program, f"largest relative difference of a loss {difference:.1e}")
        if chosen.check_only:
            print(json.dumps({"checked": checked.json()}))
            return DONE
        outcome, used = _time(peer, chosen, read.steps_per_epoch)
    except DeviceOutOfMemory:
        if chosen.check_only:
            print(json.dumps({"checked": None, "outcome": "out_of_memory"}))
            _say(program, "out of memory: nothing was checked")
            return DONE
        outcome, used = bench_json.OutOfMemory(), _memory(chosen)
    result = bench_json.Result(
        started_at=started_at,
        engine=program.engine_of(chosen),
        version=peer.version if peer else program.version(),
        on=peer.on if peer else f"{program.version()}, {chosen.device}, {chosen.precision}",
        outcome=outcome,
        curve=checked,
        device=cuda_driver.describe() if chosen.cuda else None,
        memory=used,
    )
    root = bench_json.encode(read, chosen, result)
    if chosen.json is None:
        print(bench_json.text(root), end="")
    else:
        bench_json.write(root, chosen.json)
    _say(program, _summary(read, chosen, result))
    return DONE


def _differs(program: Program, checked: Curve) -> int:
    print(checked.table(), file=sys.stderr)
    return _fail(
        program,
        DIFFERS,
        f"its losses differ from longrun's by up to {checked.largest_relative_difference():.1e}, more than "
        "rounding explains; nothing was timed",
    )


def _time(
    peer: Peer, chosen: Options, steps_per_epoch: int
) -> tuple[bench_json.Outcome, bench_json.Memory]:
    peer.load(chosen.runs)
    timing = block_timer.measure(peer.advance, chosen.seconds, steps_per_epoch)
    used = _memory(chosen)  # of training alone, before losses over all examples take theirs
    diverged = sum(not math.isfinite(loss) for loss in peer.train_losses())
    return bench_json.Diverged(diverged) if diverged else bench_json.Measured(timing), used


def _memory(chosen: Options) -> bench_json.Memory:
    return bench_json.Memory(
        memory.peak_resident_bytes(), cuda_driver.used_bytes() if chosen.cuda else None
    )


def _summary(read: Experiment, chosen: Options, result: bench_json.Result) -> str:
    """One line for people."""
    what = f"{read.name}, {chosen.runs} {'run' if chosen.runs == 1 else 'runs'}, {result.on}"
    outcome = result.outcome
    if isinstance(outcome, bench_json.OutOfMemory):
        return f"{what}: out of memory"
    if isinstance(outcome, bench_json.Diverged):
        return f"{what}: {outcome.runs} diverged"
    nanos = outcome.timing.nanos_per_step()
    resident = result.memory.peak_resident
    peak = f"{resident / 1e6:.0f} MB" if resident else "unknown"
    if result.memory.device_used is not None:
        peak += f", device {result.memory.device_used / 1e6:.0f} MB"
    unsettled = "" if outcome.timing.settled else " (warm-up did not settle)"
    return (
        f"{what}: median {nanos.median / 1e6:.4g} ms, least {nanos.least / 1e6:.4g} ms, "
        f"{chosen.runs * 1e9 / nanos.median:.4g} run-steps/s, peak {peak}{unsettled}"
    )


def _say(program: Program, message: str) -> None:
    print(f"{program.engine}: {message}", file=sys.stderr, flush=True)


def _fail(program: Program, code: int, message: str) -> int:
    _say(program, message)
    return code
