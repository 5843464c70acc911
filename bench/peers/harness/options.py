"""The command line, the same for every peer."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

PRECISIONS = ("fp32", "tf32")
DEVICES = ("cpu", "cuda")


@dataclass(frozen=True)
class Options:
    """A checked command line.

    ``threads`` are those of the framework (OpenMP), ``blas_threads`` those of its BLAS; ``variants``
    are in the order of the program's, none for the peer as it is written first of all.
    """

    experiment: Path
    runs: int
    threads: int
    blas_threads: int
    device: str
    precision: str
    seconds: float
    json: Path | None
    check_only: bool
    unchecked: bool
    variants: tuple[str, ...]

    @property
    def cuda(self) -> bool:
        return self.device == "cuda"


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))


def parse(name: str, variants: tuple[str, ...], many_runs: bool, argv: list[str]) -> Options | None:
    """Reads a command line; None asks for a probe. Exits with 2 if it is wrong, as argparse does.

    ``many_runs`` says whether the peer can train several runs at once.
    """
    parser = _parser(name, variants)
    arguments = parser.parse_args(argv)
    if arguments.probe:
        return None
    if arguments.experiment is None:
        parser.error("EXPERIMENT is missing: a folder that bench/export-experiment wrote")
    if arguments.runs > 1 and not many_runs:
        parser.error(f"--runs {arguments.runs}: {name} trains one run at a time; leave --runs out")
    if arguments.precision == "tf32" and arguments.device == "cpu":
        parser.error("--precision tf32: only CUDA devices have it; add --device cuda")
    threads = arguments.threads or cores()
    return Options(
        experiment=arguments.experiment,
        runs=arguments.runs,
        threads=threads,
        blas_threads=arguments.blas_threads or threads,
        device=arguments.device,
        precision=arguments.precision,
        seconds=arguments.seconds,
        json=arguments.json,
        check_only=arguments.check_only,
        unchecked=arguments.unchecked,
        variants=arguments.variant,
    )


def _parser(name: str, variants: tuple[str, ...]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{name}.py",
        description="Trains an exported experiment: its loss curve is checked, then steps are timed.",
        epilog="Exit codes: 0 done, 2 wrong command line or experiment, 3 the framework failed, "
        "4 framework or device missing, 5 another curve, 130 interrupted.",
        allow_abbrev=False,
    )
    parser.add_argument("experiment", metavar="EXPERIMENT", type=Path, nargs="?")
    parser.add_argument("--runs", type=_positive, default=1, metavar="N", help="default 1")
    parser.add_argument("--threads", type=_positive, metavar="T", help="default: all cores")
    parser.add_argument("--blas-threads", type=_positive, metavar="B", help="default: as --threads")
    parser.add_argument("--device", choices=DEVICES, default="cpu")
    parser.add_argument("--precision", choices=PRECISIONS, default="fp32")
    parser.add_argument("--seconds", type=_seconds, default=5.0, metavar="S", help="default 5")
    parser.add_argument("--json", type=Path, metavar="FILE", help="instead of standard output")
    checking = parser.add_mutually_exclusive_group()
    checking.add_argument("--check-only", action="store_true", help="time nothing; prints the check as one line of JSON")
    checking.add_argument(
        "--unchecked", action="store_true", help="only time: for who has checked just before"
    )
    parser.add_argument("--probe", action="store_true", help="only say whether it could run here")
    if variants:
        parser.add_argument(
            "--variant",
            type=lambda text: _variants(variants, text),
            default=(),
            metavar="V[,V]",
            help=f"one or several of {', '.join(variants)}",
        )
    else:
        parser.set_defaults(variant=())
    return parser


def _variants(known: tuple[str, ...], text: str) -> tuple[str, ...]:
    """Those named, in the order of the known ones: results have one name for each combination."""
    names = text.split(",")
    for name in names:
        if name not in known:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known)}")
    return tuple(name for name in known if name in names)


def _positive(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no positive integer")
    return value


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return value
