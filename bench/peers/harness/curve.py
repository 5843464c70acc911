"""The check that comes before any timing: a peer has to train what longrun trains.

A program that forgets the weight decay or the ragged last batch may well be faster. So each run's
loss over all training examples is compared with longrun's at every exported step, and a peer whose
curve differs is not timed.

Rounding alone makes curves part: Adam divides by the size of a gradient, so that where it is next to
nothing but noise a parameter moves at full speed. What is tolerated therefore grows. In the first
five steps fp32 programs agree to 1e-6 and better, while another beta2 or epsilon, a missing weight
decay or a wrong label shows as 1e-5, a wrong warm-up as 1e-4; after fifty they differ by up to 1e-4,
and a missing ragged batch shows as 5e-3. TF32 rounds a thousand times as coarsely; it keeps the
errors that are left to find small only if the same program passes in fp32, too: bench/compare has it
do so first, and so should who starts one by hand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.experiment import Experiment
from harness.peer import Peer


@dataclass(frozen=True)
class Tolerance:
    """Largest relative difference of two losses, in the first five steps and afterwards."""

    early: float
    late: float

    def at(self, step: int) -> float:
        return self.early if step <= 5 else self.late


TOLERANCES = {"fp32": Tolerance(5e-6, 5e-4), "tf32": Tolerance(1e-4, 2e-3)}


@dataclass(frozen=True)
class Curve:
    """Losses of a peer beside those of longrun: [run][evaluated step]."""

    evaluated_steps: tuple[int, ...]
    expected: tuple[tuple[float, ...], ...]
    actual: tuple[tuple[float, ...], ...]
    tolerance: Tolerance

    def largest_relative_difference(self) -> float:
        """NaN if a loss is."""
        return self._difference(*self._worst())

    def json(self) -> dict[str, object]:
        """Of a curve that passes: how far it was compared, the largest difference and where it is."""
        return {
            "steps": self.evaluated_steps[-1],
            "largest_relative_difference": self.largest_relative_difference(),
            "at_step": self.evaluated_steps[self._worst()[1]],
        }

    def passes(self) -> bool:
        return all(self._passes(run, i) for run in self._runs() for i in self._columns())

    def table(self) -> str:
        """Both curves of the runs that differ, for people; < marks where."""
        lines = []
        for run in self._runs():
            if all(self._passes(run, i) for i in self._columns()):
                continue
            lines.append(f"run {run}:  step     longrun        peer  relative difference  tolerated")
            for i in self._columns():
                step = self.evaluated_steps[i]
                line = f"{step:14d}{self.expected[run][i]:12.7f}{self.actual[run][i]:12.7f}"
                line += f"{self._difference(run, i):21.1e}{self.tolerance.at(step):11.0e}"
                lines.append(line + ("" if self._passes(run, i) else "  <"))
        return "\n".join(lines)

    def _worst(self) -> tuple[int, int]:
        """Run and column of the largest difference, the first that is no number before all others."""
        places = [(run, i) for run in self._runs() for i in self._columns()]
        return max(
            places,
            key=lambda place: (math.isnan(d := self._difference(*place)), d),
        )

    def _runs(self) -> range:
        return range(len(self.actual))

    def _columns(self) -> range:
        return range(len(self.evaluated_steps))

    def _difference(self, run: int, i: int) -> float:
        return abs(self.actual[run][i] - self.expected[run][i]) / self.expected[run][i]

    def _passes(self, run: int, i: int) -> bool:
        # Not `not … > tolerance`, which NaN passes.
        return self._difference(run, i) <= self.tolerance.at(self.evaluated_steps[i])


def follow(experiment: Experiment, peer: Peer, runs: int, precision: str) -> Curve:
    """Trains from the beginning to the last evaluated step, looking at the loss on the way."""
    peer.load(runs)
    actual: list[list[float]] = [[] for _ in range(runs)]
    step = 0
    for evaluated in experiment.evaluated_steps:
        if evaluated > step:
            peer.advance(evaluated - step)
            step = evaluated
        losses = peer.train_losses()
        if len(losses) != runs:
            raise ValueError(f"the peer gave {len(losses)} losses for {runs} runs")
        for run, loss in enumerate(losses):
            actual[run].append(float(loss))
    return Curve(
        experiment.evaluated_steps,
        experiment.train_losses[:runs],
        tuple(tuple(row) for row in actual),
        TOLERANCES[precision],
    )
