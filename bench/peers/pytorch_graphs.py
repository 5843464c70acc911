"""Training steps as CUDA graphs: the whole step is captured, and replayed without the host.

Nothing of a step may depend on the host: its number, its batch and its learning rate are computed
on the device, from a counter that lies there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch

from harness import Experiment

# So many steps in a graph, or more, make what starting it costs small.
_STEPS = 10
_WARM_UPS = 3


class DeviceClock:
    """The step's number on the device, and what follows from it.

    step int64 [1] counts from 0; learning_rate float32 [] is that of the step in progress.
    """

    def __init__(self, experiment: Experiment, device: torch.device) -> None:
        settings = experiment.optimizer
        self._base = settings.learning_rate
        self._warmup_steps = settings.warmup_steps
        self._steps = experiment.steps
        self.step = torch.zeros(1, dtype=torch.int64, device=device)
        self.learning_rate = torch.full((), self._base, device=device)

    def batch(self, batches: torch.Tensor, size: int) -> torch.Tensor:
        """Rows [R, K, B] to the step's examples [R, size], without asking the device."""
        return batches.index_select(1, self.step % self._steps)[:, 0, :size]

    def set_learning_rate(self) -> None:
        if self._warmup_steps:
            share = (self.step[0] + 1) / self._warmup_steps
            self.learning_rate.copy_(self._base * share.clamp(max=1.0))

    def tick(self) -> None:
        self.step.add_(1)

    def reset(self) -> None:
        self.step.zero_()


class StepGraphs:
    """Captures ``train(size)``, which does one step on so many examples.

    There is one graph of a single step for each size of batch, and one of several steps, for wherever
    the coming batches have the sizes that its steps have.
    """

    def __init__(self, train: Callable[[int], None], sizes: tuple[int, ...]) -> None:
        self._sizes = sizes
        self._pattern = pattern(sizes)
        # One stream for all: gradients are accumulated on the stream they were first seen on.
        self._stream = torch.cuda.Stream()
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            for size in sorted(set(sizes), reverse=True):
                for _ in range(_WARM_UPS):  # compiles, and allocates what outlives a step
                    train(size)
        torch.cuda.synchronize()
        # Graphs may share memory: they never run side by side, and leave nothing in it.
        self._pool = torch.cuda.graph_pool_handle()
        self._graphs = {
            captured: self._capture(train, captured)
            for captured in [*((size,) for size in sorted(set(sizes))), self._pattern]
        }

    def _capture(
        self, train: Callable[[int], None], sizes: tuple[int, ...]
    ) -> torch.cuda.CUDAGraph:
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool, stream=self._stream):
            for size in sizes:
                train(size)
        return graph

    def replay(self, first: int, steps: int) -> None:
        """Takes steps from one on, counted from 0; returns when they are done."""
        for captured in pieces(self._sizes, self._pattern, first, steps):
            self._graphs[captured].replay()
        torch.cuda.synchronize()


def pattern(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Sizes of the batches of whole epochs, of ten steps or more; sizes repeat after an epoch."""
    epoch = next(
        steps
        for steps in range(1, len(sizes) + 1)
        if all(sizes[i] == sizes[i - steps] for i in range(steps, len(sizes)))
    )
    return sizes[:epoch] * -(-_STEPS // epoch)


def pieces(
    sizes: tuple[int, ...], pattern: tuple[int, ...], first: int, steps: int
) -> Iterator[tuple[int, ...]]:
    """Cuts steps, whose sizes begin again after K, into whole patterns and single steps."""
    step, end = first, first + steps
    while step < end:
        coming = tuple(sizes[k % len(sizes)] for k in range(step, step + len(pattern)))
        piece = pattern if coming == pattern and step + len(pattern) <= end else coming[:1]
        yield piece
        step += len(piece)


def clear(optimizer: torch.optim.Optimizer) -> None:
    """Empties an optimizer's state in place: graphs know it by its address."""
    for state in optimizer.state.values():
        for value in state.values():
            value.zero_()
