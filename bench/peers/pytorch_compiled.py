#!/usr/bin/env python3
"""PyTorch, compiled: forward and backward by torch.compile; on CUDA the whole step in CUDA graphs.

Variants: "last" and "sdpa" as in pytorch_eager.py; "max-autotune" lets the compiler try kernels of
its own for matrix products, which takes minutes and wins sometimes.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os

import harness
import pytorch_common as common
from harness import Unavailable

OLDEST = (2, 0)
FEATURE = "torch.compile"


def works(device: str) -> None:
    """Compiles something: besides PyTorch that takes a C++ compiler, or Triton."""
    import torch

    if device == "cpu":
        require_vectors()
    torch.compile(lambda x: x.sin() + 1)(torch.ones(64, device=device))


def require_vectors() -> None:
    """Raises Unavailable if what is compiled for the CPU would do without vector instructions.

    PyTorch goes on without them and says nothing if it cannot compile and load a test that has
    them; what comes out is slower than eager, and no fair opponent.
    """
    provide_sleef()
    try:
        from torch._inductor.cpu_vec_isa import pick_vec_isa
    except ImportError:  # before 2.5
        from torch._inductor.codecache import pick_vec_isa
    if not pick_vec_isa():
        raise Unavailable(
            "torch.compile finds no vector instructions: it needs g++ and the headers of PyTorch "
            "and Sleef (on Debian apt install g++ libtorch-dev libsleef-dev)"
        )


def provide_sleef() -> None:
    """Debian's PyTorch has Sleef in a library of its own, which compiled code does not ask for."""
    library = ctypes.util.find_library("sleef")
    if library is not None:
        ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)
        # The test is loaded in a process of its own.
        preloaded = os.environ.get("LD_PRELOAD", "").split()
        os.environ["LD_PRELOAD"] = " ".join(dict.fromkeys([*preloaded, library]))


def build(experiment: harness.Experiment, options: harness.Options) -> harness.Peer:
    """The peer, its data on the device; nothing is compiled yet."""
    version = common.require(OLDEST, FEATURE)
    device = common.set_up(options)
    if not options.cuda:
        require_vectors()
    import torch
    from torch.nn.functional import cross_entropy

    import pytorch_graphs as graphs
    from pytorch_model import Transformer, initial_state

    autotune = "max-autotune" in options.variants
    mode = "max-autotune-no-cudagraphs" if autotune else "default"

    class CompiledPeer:
        def __init__(self) -> None:
            self.version = version
            self.on = common.describe(options, *(["CUDA graphs"] if options.cuda else []))
            self.examples = common.Examples(experiment, 1, device)
            self.model = Transformer(
                experiment, "last" in options.variants, "sdpa" in options.variants
            ).to(device)
            # Two sizes of batch, two programs: one for any size would be slower.
            self.loss = torch.compile(self.plain_loss, mode=mode, dynamic=False)

        def plain_loss(self, tokens: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
            return cross_entropy(self.model(tokens), labels)

        def start(self) -> None:
            """Sets the run to step 0."""
            self.model.load_state_dict(initial_state(experiment, 0))
            self.step = 0

        def train_losses(self) -> list[float]:
            return [common.mean_loss(self.model, self.examples)]

    class CpuPeer(CompiledPeer):
        prepared = False

        def load(self, runs: int) -> None:
            self.start()
            if not self.prepared:  # now, for afterwards it would be timed
                for step in self.examples.one_of_each_size():
                    self.train(step)
                self.prepared = True
                self.start()

        def start(self) -> None:
            super().start()
            self.optimizer = common.adamw(self.model.parameters(), experiment, device)
            self.scheduler = common.warmup(self.optimizer, experiment)

        def train(self, step: int) -> None:
            self.optimizer.zero_grad(set_to_none=True)
            self.loss(*self.examples.batch(step)).backward()
            self.optimizer.step()
            self.scheduler.step()

        def advance(self, steps: int) -> None:
            for _ in range(steps):
                self.train(self.step)
                self.step += 1

    class CudaPeer(CompiledPeer):
        captured: graphs.StepGraphs | None = None

        @common.reports_memory
        def load(self, runs: int) -> None:
            if self.captured is None:
                self.clock = graphs.DeviceClock(experiment, device)
                self.optimizer = common.adamw(
                    self.model.parameters(), experiment, device, self.clock.learning_rate
                )
                self.captured = graphs.StepGraphs(self.train, self.examples.sizes)
            self.start()
            graphs.clear(self.optimizer)
            self.clock.reset()

        def train(self, size: int) -> None:
            tokens, labels = self.examples.tokens, self.examples.labels
            if self.examples.batches is not None:
                examples = self.clock.batch(self.examples.batches, size)[0]
                tokens, labels = tokens[examples], labels[examples]
            self.clock.set_learning_rate()
            self.optimizer.zero_grad(set_to_none=True)
            self.loss(tokens, labels).backward()
            self.optimizer.step()
            self.clock.tick()

        @common.reports_memory
        def train_losses(self) -> list[float]:
            return super().train_losses()

        @common.reports_memory
        def advance(self, steps: int) -> None:
            self.captured.replay(self.step, steps)
            self.step += steps

    return CudaPeer() if options.cuda else CpuPeer()


if __name__ == "__main__":
    common.main(
        "pytorch-compiled",
        build,
        variants=("last", "sdpa", "max-autotune"),
        oldest=OLDEST,
        feature=FEATURE,
        works=works,
    )
