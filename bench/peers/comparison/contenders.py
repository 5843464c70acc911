"""Who can run on this machine, and how each is started."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from comparison import processes

PEERS = Path(__file__).resolve().parent.parent
ROOT = PEERS.parent.parent
LONGRUN = "longrun"
_PROBE_SECONDS = 1800.0  # the first time, libtorch is downloaded


@dataclass(frozen=True)
class Experiment:
    """A configuration and the folder that peers read it from."""

    name: str
    config: Path
    folder: Path


@dataclass(frozen=True)
class Threads:
    """Threads of a framework and of its BLAS; ``blas`` is None where they share one pool."""

    framework: int
    blas: int | None = None

    def __str__(self) -> str:
        return str(self.framework) if self.blas is None else f"{self.framework} + {self.blas} of BLAS"

    def arguments(self) -> list[str]:
        blas = [] if self.blas is None else ["--blas-threads", str(self.blas)]
        return ["--threads", str(self.framework), *blas]


@dataclass(frozen=True)
class Contender:
    """A program with everything but the number of its threads; it measures one row.

    ``command`` is what starts it, ``runs`` how many it trains side by side. ``variants`` are
    separated by commas, as on its command line. ``separate_blas``: its BLAS has threads of its own.
    """

    engine: str
    command: tuple[str, ...]
    runs: int
    device: str
    precision: str
    variants: str | None = None
    separate_blas: bool = True

    @property
    def name(self) -> str:
        return "-".join([self.engine, *(self.variants.split(",") if self.variants else [])])

    @property
    def is_longrun(self) -> bool:
        return self.engine == LONGRUN

    def arguments(self, experiment: Experiment, threads: Threads | None) -> list[str]:
        """The whole command line but for what is to be done."""
        if self.is_longrun:
            engine = ["--engine", "cuda" if self.device == "cuda" else "cpu"]
            own = ["--threads", str(threads.framework)] if threads else ["--precision", self.precision]
            # A round of the comparison is one of its own.
            asked = [*engine, "--slots", str(self.runs), "--rounds", "1", *own]
            return [*self.command, str(experiment.config), *asked]
        return [
            *self.command,
            str(experiment.folder),
            "--runs",
            str(self.runs),
            "--device",
            self.device,
            "--precision",
            self.precision,
            *(["--variant", self.variants] if self.variants else []),
            *(threads.arguments() if threads else []),
        ]


@dataclass(frozen=True)
class Peer:
    """A script in bench/peers, and the variants of it that may be the fastest, by device."""

    engine: str
    script: str
    many_runs: bool = False
    on_cpu: tuple[str, ...] = ()
    on_cuda: tuple[str, ...] = ()


_ON_CUDA_JAX = ("last", "one-hot", "unrolled")
PEER_SCRIPTS = (
    Peer("pytorch-eager", "pytorch_eager.py", False, ("last",), ("last", "sdpa", "last,sdpa")),
    Peer("pytorch-compiled", "pytorch_compiled.py", False, ("last",), ("last", "max-autotune")),
    Peer("pytorch-stacked", "pytorch_stacked.py", True, ("last",), ("last",)),
    Peer("jax-scan", "jax_scan.py", False, ("last",), _ON_CUDA_JAX),
    Peer("jax-vmap", "jax_vmap.py", True, ("last",), _ON_CUDA_JAX),
    Peer("libtorch-jvm", "libtorch_jvm"),
)


@dataclass(frozen=True)
class Found:
    """What a peer said when it was asked whether it can run here: how, or why not."""

    peer: Peer
    command: tuple[str, ...] = ()
    version: str = ""
    why: str = ""
    separate_blas: bool = True

    def contenders(self, runs: int, device: str, precision: str) -> list[Contender]:
        plain = Contender(
            self.peer.engine,
            self.command,
            runs if self.peer.many_runs else 1,
            device,
            precision,
            separate_blas=self.separate_blas,
        )
        variants = self.peer.on_cuda if device == "cuda" else self.peer.on_cpu
        return [plain, *(replace(plain, variants=names) for names in variants)]


def find(peer: Peer, pythons: Sequence[tuple[str, ...]], device: str) -> Found:
    """Asks a peer, with one Python after the other until it can run."""
    whys: list[str] = []
    for python in pythons if peer.script.endswith(".py") else [()]:
        command = (*python, str(PEERS / peer.script))
        answer = _probe(command, device)
        if answer.get("available") and device in answer["devices"]:
            return Found(
                peer,
                command,
                version=answer["version"],
                separate_blas=answer.get("separate_blas", True),
            )
        whys.append(answer.get("why") or f"{answer['version']} has no device {device}")
    return Found(peer, why="; ".join(dict.fromkeys(whys)))


def _probe(command: tuple[str, ...], device: str) -> dict:
    name = Path(command[-1]).name
    try:
        done = processes.run(
            [*command, "--probe", "--device", device], _PROBE_SECONDS, stderr=subprocess.PIPE
        )
        return json.loads(done.stdout.strip().splitlines()[-1])
    except (OSError, subprocess.TimeoutExpired) as error:
        return {"available": False, "why": f"{name} --probe cannot be run: {error}"}
    except (ValueError, IndexError):
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        return {"available": False, "why": f"{name} --probe failed: {last[0]}"}


def longrun(runs: Sequence[int], device: str, precision: str) -> list[Contender]:
    command = (str(ROOT / "longrun"), "bench")
    return [Contender(LONGRUN, command, count, device, precision) for count in dict.fromkeys(runs)]


def pythons(asked: Sequence[str], which: Callable[[str], str | None]) -> list[tuple[str, ...]]:
    """Commands to try: those asked for, or what is on the PATH and the system's own."""
    if asked:
        return [tuple(command.split()) for command in asked]
    candidates = [which("python3"), "/usr/bin/python3"]
    return [(path,) for path in dict.fromkeys(candidates) if path and os.access(path, os.X_OK)]
