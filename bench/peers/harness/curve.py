"""The check that comes before any timing: a peer has to train what longrun trains.

A program that forgets the weight decay or the ragged last batch may well be faster. So each run's
loss over all training examples is compared with longrun's at every exported step, and a peer whose
curve differs is not timed.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.experiment import Experiment
from harness.peer import Peer

# Largest relative difference of two losses.
TOLERANCES = {"fp32": 1e-4, "tf32": 3e-3}


@dataclass(frozen=True)
class Curve:
    """Losses of a peer beside those of longrun: [run][evaluated step]."""

    evaluated_steps: tuple[int, ...]
    expected: tuple[tuple[float, ...], ...]
    actual: tuple[tuple[float, ...], ...]
    tolerance: float

    def largest_relative_difference(self) -> float:
        """NaN if a loss is."""
        return _greatest(
            [difference for run in range(len(self.actual)) for difference in self._differences(run)]
        )

    def passes(self) -> bool:
        # Not `not … > tolerance`, which NaN passes.
        return self.largest_relative_difference() <= self.tolerance

    def table(self) -> str:
        """Both curves of the runs that differ, for people."""
        lines = []
        for run in range(len(self.actual)):
            differences = self._differences(run)
            if _greatest(differences) <= self.tolerance:
                continue
            lines.append(f"run {run}:  step     longrun        peer  relative difference")
            for step, expected, actual, difference in zip(
                self.evaluated_steps, self.expected[run], self.actual[run], differences
            ):
                miss = "" if difference <= self.tolerance else "  <"
                lines.append(f"{step:14d}{expected:12.7f}{actual:12.7f}  {difference:.1e}{miss}")
        return "\n".join(lines)

    def _differences(self, run: int) -> list[float]:
        return [
            abs(actual - expected) / expected
            for expected, actual in zip(self.expected[run], self.actual[run])
        ]


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


def _greatest(differences: list[float]) -> float:
    """As max, but a NaN anywhere is the greatest."""
    greatest = 0.0
    for difference in differences:
        if not difference <= greatest:
            greatest = difference
            if difference != difference:
                break
    return greatest
