"""The command line of bench/compare, and what it does in which order."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from comparison import processes, record, rounds, search, table
from comparison.checks import Checks, OutOfMemory
from comparison.contenders import LONGRUN, PEER_SCRIPTS, ROOT, Contender, Experiment, Found
from comparison.contenders import find, longrun, pythons
from comparison.record import Row

DONE = 0
FAILED = 1
USAGE = 2
_SIGNALLED = 128
_CONFIGS = ("configs/nanda-2023.yaml", "configs/power-2022.yaml")


class _CannotExport(Exception):
    """A configuration that nothing can be compared on; the message says why."""


class _Stopped(BaseException):
    """A signal asked for the end."""

    def __init__(self, number: int) -> None:
        self.number = number


def main(argv: list[str]) -> int:
    arguments = _parser().parse_args(argv)
    before = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        return _compare(arguments)
    except _CannotExport as error:
        _say(f"{error}; nothing was measured")
        return FAILED
    except rounds.Mixed as mixed:
        _say(f"{mixed}; nothing was written")
        return FAILED
    except _Stopped as stopped:  # what was started, and all temporary folders, are gone by now
        _say("interrupted: nothing was written")
        return _SIGNALLED + stopped.number
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, _: object) -> NoReturn:
    raise _Stopped(number)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bench/compare",
        description="Times longrun beside every peer that can run on this machine: each is first checked to train "
        "the same, then given its best number of threads, then timed in rounds, one after the other.",
        epilog="Measure on a machine that does nothing else. Exit codes: 0 done, 1 a program failed, trains something "
        "else, is missing though --only names it, or changed meanwhile, or nothing was measured, 2 wrong command line, "
        "130 and 143 interrupted.",
        allow_abbrev=False,
    )
    names = [LONGRUN, *(peer.engine for peer in PEER_SCRIPTS)]
    parser.add_argument("configs", nargs="*", metavar="CONFIG", type=Path, help="default: nanda-2023 and power-2022")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--precision", default="fp32", metavar="P[,P]", help="on cuda: fp32, tf32 or both")
    parser.add_argument("--runs", type=_positive, metavar="N", help="of programs that train many side by side; "
                        "default: 4 on the processor, 64 on a GPU")
    parser.add_argument("--rounds", type=_positive, default=3, metavar="N", help="default: 3")
    parser.add_argument("--seconds", type=float, default=5.0, metavar="S", help="of samples in a round; default: 5")
    parser.add_argument("--only", metavar="NAMES", help=f"separated by commas, of {', '.join(names)}")
    parser.add_argument("--python", action="append", default=[], metavar="COMMAND",
                        help="that has the frameworks; may be given many times, the first that works is taken")
    parser.add_argument("--json", type=Path, metavar="FILE", required=True, help="where the record goes")
    return parser


def _positive(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no positive integer")
    return value


def _compare(arguments: argparse.Namespace) -> int:
    wrong = _mistake(arguments)
    if wrong:
        print(f"bench/compare: {wrong}", file=sys.stderr)
        return USAGE
    commit = _commit()  # that of the sources measured, whatever is committed meanwhile
    contenders, missing = _contenders(arguments)
    for found in missing:
        _say(f"{found.peer.engine} is not here: {found.why}")
    with tempfile.TemporaryDirectory() as folder:
        experiments = [_export(config, Path(folder), contenders) for config in _configs(arguments)]
        rows = _prepared(contenders, experiments, arguments)
        by_name = {experiment.name: experiment for experiment in experiments}
        rounds.measure(rows, by_name, arguments.rounds, arguments.seconds, _say)
    return _finish(rows, missing, commit, arguments)


def _finish(
    rows: list[Row], missing: list[Found], commit: str, arguments: argparse.Namespace
) -> int:
    """Writes what was measured; the exit code says whether that is all that was asked for."""
    if not any(row.is_measured for row in rows):
        _say("nothing was measured; nothing was written")
        return FAILED
    written = record.encode(rows, missing, commit, arguments.seconds)
    print("\n".join(table.lines(written)))
    try:
        record.write(written, arguments.json)
    except OSError as error:
        _say(f"--json {arguments.json} cannot be written: {error.strerror}")
        return FAILED
    if missing and arguments.only:
        _say(f"--only names {', '.join(found.peer.engine for found in missing)}, not here as told above")
        return FAILED
    return FAILED if any(row.failure for row in rows) else DONE


def _mistake(arguments: argparse.Namespace) -> str | None:
    known = {LONGRUN, *(peer.engine for peer in PEER_SCRIPTS)}
    unknown = [name for name in _only(arguments) or () if name not in known]
    if unknown:
        return f"--only {arguments.only}: {unknown[0]!r} is none of {', '.join(sorted(known))}"
    absent = [config for config in _configs(arguments) if not config.is_file()]
    if absent:
        return f"{absent[0]}: no such file"
    if arguments.json.is_dir():
        return f"--json {arguments.json}: is a folder; name a file"
    folder = arguments.json.absolute().parent
    if not folder.is_dir():
        return f"--json {arguments.json}: there is no such folder"
    if not os.access(folder, os.W_OK):
        return f"--json {arguments.json}: the folder cannot be written into"
    if not 0 < arguments.seconds < 3600:
        return f"--seconds {arguments.seconds}: more than 0, and less than 3600"
    wrong = [p for p in _precisions(arguments) if p not in ("fp32", "tf32")]
    if wrong:
        return f"--precision {wrong[0]}: fp32 or tf32"
    if arguments.device == "cpu" and "tf32" in _precisions(arguments):
        return "--precision tf32: only with --device cuda"
    return None


def _only(arguments: argparse.Namespace) -> list[str] | None:
    return None if arguments.only is None else arguments.only.split(",")


def _precisions(arguments: argparse.Namespace) -> list[str]:
    return list(dict.fromkeys(arguments.precision.split(",")))


def _configs(arguments: argparse.Namespace) -> list[Path]:
    return arguments.configs or [ROOT / name for name in _CONFIGS]


def _contenders(arguments: argparse.Namespace) -> tuple[list[Contender], list[Found]]:
    """Those that can run, longrun first; and those that cannot."""
    device = arguments.device
    runs = arguments.runs or (64 if device == "cuda" else 4)
    only = _only(arguments)
    candidates = pythons(arguments.python, shutil.which)
    found = [
        find(peer, candidates, device) for peer in PEER_SCRIPTS if only is None or peer.engine in only
    ]
    contenders: list[Contender] = []
    for precision in _precisions(arguments):
        if only is None or LONGRUN in only:
            contenders += longrun((1, runs), device, precision)
        for here in found:
            if here.command:
                contenders += here.contenders(runs, device, precision)
    return contenders, [here for here in found if not here.command]


def _export(config: Path, folder: Path, contenders: list[Contender]) -> Experiment:
    experiment = Experiment(config.stem, config, folder / config.stem)
    runs = max((contender.runs for contender in contenders), default=1)
    _say(f"exporting {experiment.name}")
    command = [ROOT / "bench/export-experiment", config, experiment.folder, "--runs", str(runs)]
    # Its messages, and the build's, go where ours go.
    try:
        done = processes.run([str(part) for part in command], processes.LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        raise _CannotExport(f"{config} is not exported after an hour") from None
    if done.returncode != 0:
        raise _CannotExport(f"{config} cannot be exported, as told above")
    return experiment


def _prepared(
    contenders: list[Contender], experiments: list[Experiment], arguments: argparse.Namespace
) -> list[Row]:
    """Every contender that trains the same, with its best threads; the others with why not."""
    cores = len(os.sched_getaffinity(0))
    checks = Checks()
    rows = []
    for experiment in experiments:
        for contender in contenders:
            row = Row(experiment.name, contender)
            rows.append(row)
            _say(f"checking {experiment.name}, {contender.name}, {contender.precision}")
            try:
                row.checked = checks.check(contender, experiment)
                if contender.device == "cpu":
                    found = search.best(contender, experiment, cores, arguments.seconds / 3, _say)
                    row.threads, row.tried = found.best, found.tried
            except OutOfMemory:
                row.out_of_memory = True
                _say(f"{experiment.name}, {contender.name}: out of memory")
            except processes.Failed as failed:
                row.fail(failed, _say)
    return rows


def _commit() -> str:
    describe = ["git", "-C", ROOT, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        done = subprocess.run(describe, capture_output=True, text=True, check=False)
    except OSError:  # there is no git
        return "unknown"
    return done.stdout.strip() or "unknown"


def _say(message: str) -> None:
    print(f"bench/compare: {message}", file=sys.stderr, flush=True)
