"""Who can run on this machine, and how each is started."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

PEERS = Path(__file__).resolve().parent.parent
ROOT = PEERS.parent.parent
LONGRUN = "longrun"


@dataclass(frozen=True)
class Experiment:
    """A configuration and the folder that peers read it from."""

    name: str
    config: Path
    folder: Path


@dataclass(frozen=True)
class Threads:
    """Threads of a framework and of its BLAS."""

    framework: int
    blas: int

    def arguments(self) -> list[str]:
        return ["--threads", str(self.framework), "--blas-threads", str(self.blas)]


@dataclass(frozen=True)
class Contender:
    """A program with everything but the number of its threads; it measures one row.

    ``command`` is what starts it, ``runs`` how many it trains side by side.
    """

    engine: str
    command: tuple[str, ...]
    runs: int
    device: str
    precision: str
    variant: str | None = None

    @property
    def name(self) -> str:
        return self.engine + (f"-{self.variant}" if self.variant else "")

    @property
    def is_longrun(self) -> bool:
        return self.engine == LONGRUN

    def arguments(self, experiment: Experiment, threads: Threads | None) -> list[str]:
        """The whole command line but for what is to be done."""
        if self.is_longrun:
            engine = ["--engine", "cuda" if self.device == "cuda" else "cpu"]
            own = ["--threads", str(threads.framework)] if threads else ["--precision", self.precision]
            return [*self.command, str(experiment.config), *engine, "--slots", str(self.runs), *own]
        return [
            *self.command,
            str(experiment.folder),
            "--runs",
            str(self.runs),
            "--device",
            self.device,
            "--precision",
            self.precision,
            *(["--variant", self.variant] if self.variant else []),
            *(threads.arguments() if threads else []),
        ]


@dataclass(frozen=True)
class Peer:
    """A script in bench/peers."""

    engine: str
    script: str
    many_runs: bool = False
    variants: tuple[str, ...] = ()


PEER_SCRIPTS = (
    Peer("pytorch-eager", "pytorch_eager.py", variants=("last",)),
    Peer("pytorch-compiled", "pytorch_compiled.py", variants=("last",)),
    Peer("pytorch-stacked", "pytorch_stacked.py", many_runs=True),
    Peer("jax-scan", "jax_scan.py"),
    Peer("jax-vmap", "jax_vmap.py", many_runs=True),
    Peer("libtorch-jvm", "libtorch_jvm"),
)


@dataclass(frozen=True)
class Found:
    """What a peer said when it was asked whether it can run here: how, or why not."""

    peer: Peer
    command: tuple[str, ...] = ()
    version: str = ""
    why: str = ""

    def contenders(self, runs: int, device: str, precision: str) -> list[Contender]:
        plain = Contender(
            self.peer.engine, self.command, runs if self.peer.many_runs else 1, device, precision
        )
        return [plain, *(replace(plain, variant=variant) for variant in self.peer.variants)]


def find(peer: Peer, pythons: Sequence[tuple[str, ...]], device: str) -> Found:
    """Asks a peer, with one Python after the other until it can run."""
    whys: list[str] = []
    for python in pythons if peer.script.endswith(".py") else [()]:
        command = (*python, str(PEERS / peer.script))
        answer = _probe(command)
        if answer.get("available") and device in answer["devices"]:
            return Found(peer, command, version=answer["version"])
        whys.append(answer.get("why") or f"{answer['version']} has no device {device}")
    return Found(peer, why="; ".join(dict.fromkeys(whys)))


def _probe(command: tuple[str, ...]) -> dict:
    try:
        done = subprocess.run(
            [*command, "--probe"], capture_output=True, text=True, timeout=900, check=False
        )
        return json.loads(done.stdout.strip().splitlines()[-1])
    except (OSError, subprocess.TimeoutExpired) as error:
        return {"available": False, "why": f"{command[-1]} cannot be started: {error}"}
    except (ValueError, IndexError):
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        return {"available": False, "why": f"{Path(command[-1]).name} --probe failed: {last[0]}"}


def longrun(runs: Sequence[int], device: str, precision: str) -> list[Contender]:
    command = (str(ROOT / "longrun"), "bench")
    return [Contender(LONGRUN, command, count, device, precision) for count in dict.fromkeys(runs)]


def pythons(asked: Sequence[str], which: Callable[[str], str | None]) -> list[tuple[str, ...]]:
    """Commands to try: those asked for, or what is on the PATH and the system's own."""
    if asked:
        return [tuple(command.split()) for command in asked]
    candidates = [which("python3"), "/usr/bin/python3"]
    return [(path,) for path in dict.fromkeys(candidates) if path and os.access(path, os.X_OK)]
