"""What a peer has to be: the seam between the harness and a framework."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from harness.experiment import Experiment
from harness.options import Options


class Unavailable(Exception):
    """The framework or device is not here; the message says what to install."""


class DeviceOutOfMemory(Exception):
    """The device has too little memory for so many runs. It is a result, not a failure."""


class Peer(Protocol):
    """A training program that has the experiment's data where it needs them.

    ``version`` names the framework ("PyTorch 2.6.0"), ``on`` what it runs on, for people.
    """

    version: str
    on: str

    def load(self, runs: int) -> None:
        """Puts the first so many runs at step 0: initial parameters, empty optimizer state."""

    def train_losses(self) -> list[float]:
        """Mean cross entropy of each run over all training examples, with its parameters now."""

    def advance(self, steps: int) -> None:
        """Trains every run for so many steps; returns when they are done, not when queued.

        Step k, from 0, trains on batch k modulo K.
        """


@dataclass(frozen=True)
class Probe:
    """Whether a peer could run here: with what and on which devices, or why not.

    ``why`` may also say why a device is not among them. ``separate_blas``: its BLAS has threads of
    its own, whose number may be another one than the framework's.
    """

    version: str = ""
    devices: tuple[str, ...] = ()
    why: str = ""
    separate_blas: bool = True

    @property
    def available(self) -> bool:
        return bool(self.devices)

    def json(self) -> dict[str, object]:
        if not self.available:
            return {"available": False, "why": self.why}
        return {
            "available": True,
            "version": self.version,
            "devices": list(self.devices),
            "separate_blas": self.separate_blas,
            **({"why": self.why} if self.why else {}),
        }


def _no_environment(options: Options) -> dict[str, str]:
    return {}


@dataclass(frozen=True)
class Program:
    """A peer's script.

    ``build``, ``probe`` and ``version`` may import the framework, nobody else does. ``build`` raises
    Unavailable, or DeviceOutOfMemory where the data alone do not fit; ``version`` is that of the
    peer, for who could not be built. ``environment`` adds variables that have to be set before that
    import. Names of variants are appended to that of the engine.
    """

    engine: str
    probe: Callable[[], Probe]
    version: Callable[[], str]
    build: Callable[[Experiment, Options], Peer]
    variants: tuple[str, ...] = ()
    many_runs: bool = False
    environment: Callable[[Options], dict[str, str]] = _no_environment

    def engine_of(self, options: Options) -> str:
        return "-".join([self.engine, *options.variants])
