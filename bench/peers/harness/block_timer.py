"""Times blocks of steps: the twin of `longrun.measure.BlockTimer`, rule by rule.

Two programs whose times stand in one table have to be timed alike. Warm-up goes on until the median
of five blocks is within 5% of that of the five before, and for half the budget at the least; it
ends after twice the budget, settled or not. Blocks are whole epochs, since the last batch of one may
be smaller than the others; otherwise some forty of them fit into the budget, so long that the clock
does not count, in whole multiples of 50 or 10 steps where that is a choice. One block is advanced
untimed before the first sample.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

FEWEST_BLOCKS = 5  # fewer samples have no quartiles to speak of
_WINDOW = 5
_STEADY = 0.05
_BLOCKS = 40
_ROUND_STEPS = (50, 10)


@dataclass(frozen=True)
class Statistics:
    """Where samples lie; quartiles are interpolated linearly (Hyndman and Fan 1996, type 7)."""

    least: float
    lower_quartile: float
    median: float
    upper_quartile: float
    greatest: float

    @staticmethod
    def of(samples: list[float]) -> Statistics:
        ordered = sorted(samples)

        def quantile(share: float) -> float:
            position = share * (len(ordered) - 1)
            below = int(position)
            above = min(below + 1, len(ordered) - 1)
            return ordered[below] + (position - below) * (ordered[above] - ordered[below])

        return Statistics(
            ordered[0], quantile(0.25), quantile(0.5), quantile(0.75), ordered[-1]
        )


@dataclass(frozen=True)
class Timing:
    """Raw samples: the time of each block of steps, and what came before the first."""

    steps_per_block: int
    block_nanos: tuple[int, ...]
    warm_up_steps: int
    warm_up_nanos: int
    settled: bool

    def nanos_per_step(self) -> Statistics:
        return Statistics.of([nanos / self.steps_per_block for nanos in self.block_nanos])


def measure(
    advance: Callable[[int], None],
    seconds: float,
    steps_per_epoch: int,
    nano_time: Callable[[], int] = time.perf_counter_ns,
) -> Timing:
    """Warms up and measures.

    ``advance`` does so many steps, from step 0 on, and returns when they are done.
    """
    budget = seconds * 1e9

    def nanos_of(steps: int) -> int:
        before = nano_time()
        advance(steps)
        # A clock may be too coarse to see a tiny step, and rates divide by this.
        return max(1, nano_time() - before)

    start = nano_time()
    per_step: list[float] = []
    warm_up_steps = 0
    block = 1
    while True:
        nanos = nanos_of(block)
        warm_up_steps += block
        per_step.append(nanos / block)
        if 2 * nanos < budget / _BLOCKS and block < (2**31 - 1) // 4:
            # Short blocks cost more per step than long ones.
            block *= 2
            per_step.clear()
        elapsed = nano_time() - start
        if elapsed >= budget / 2 and (elapsed >= 2 * budget or _is_steady(per_step)):
            break
    settled = _is_steady(per_step)
    steps = (
        _steps(budget / _BLOCKS / _median_of_last(per_step, 0), steps_per_epoch)
        if per_step
        else _whole_epochs(block, steps_per_epoch)
    )
    to_epoch_end = -warm_up_steps % steps_per_epoch
    advance(to_epoch_end + steps)
    warm_up_steps += to_epoch_end + steps
    samples: list[int] = []
    sampling = nano_time()
    while len(samples) < FEWEST_BLOCKS or nano_time() - sampling < budget:
        samples.append(nanos_of(steps))
    return Timing(steps, tuple(samples), warm_up_steps, elapsed, settled)


def _is_steady(per_step: list[float]) -> bool:
    if len(per_step) < 2 * _WINDOW:
        return False
    before = _median_of_last(per_step, _WINDOW)
    return abs(_median_of_last(per_step, 0) - before) <= _STEADY * before


def _median_of_last(per_step: list[float], skipped: int) -> float:
    """Median of a window that ends that many blocks before the last."""
    end = len(per_step) - skipped
    return Statistics.of(per_step[max(0, end - _WINDOW) : end]).median


def _steps(fitting: float, steps_per_epoch: int) -> int:
    """Steps of a block, of which so many would fit: whole epochs."""
    steps = int(min(max(fitting, 1), 1 << 20))
    for round_steps in _ROUND_STEPS:
        multiple = math.lcm(round_steps, steps_per_epoch)
        if steps >= multiple:
            return steps // multiple * multiple
    return _whole_epochs(steps, steps_per_epoch)


def _whole_epochs(steps: int, steps_per_epoch: int) -> int:
    """As many whole epochs as that are steps, and one at the least."""
    return max(steps_per_epoch, steps // steps_per_epoch * steps_per_epoch)
