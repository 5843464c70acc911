#!/usr/bin/env python3
"""PyTorch, stacked: torch.func over a stack of models, all runs in one step.

Each parameter is one tensor [R, …]; vmap makes the gradient of one model that of R. It is compiled,
and on CUDA the whole step is captured in CUDA graphs. Variants: "last" as in pytorch_eager.py;
"uncompiled" leaves the compiler out.
"""

from __future__ import annotations

import harness
import pytorch_common as common
from pytorch_compiled import require_vectors, works

OLDEST = (2, 0)
FEATURE = "torch.func"


def build(experiment: harness.Experiment, options: harness.Options) -> harness.Peer:
    """The peer, its data on the device; nothing is compiled yet."""
    version = common.require(OLDEST, FEATURE)
    device = common.set_up(options)
    compiled = "uncompiled" not in options.variants
    if compiled and not options.cuda:
        require_vectors()
    import torch
    from torch.func import functional_call, grad, vmap
    from torch.nn.functional import cross_entropy

    import pytorch_graphs as graphs
    from pytorch_model import Transformer, initial_state

    model = Transformer(experiment, "last" in options.variants).to(device)

    def loss(
        parameters: dict[str, torch.Tensor], tokens: torch.Tensor, labels: torch.Tensor
    ) -> torch.Tensor:
        return cross_entropy(functional_call(model, parameters, (tokens,)), labels)

    class StackedPeer:
        def __init__(self) -> None:
            self.version = version
            self.on = common.describe(options, *(["CUDA graphs"] if options.cuda else []))
            self.examples = common.Examples(experiment, options.runs, device)
            # In full batch all runs train on the same examples, otherwise each on its own.
            data = None if self.examples.batches is None else 0
            gradients = vmap(grad(loss), in_dims=(0, data, data))
            if compiled:
                gradients = torch.compile(gradients, dynamic=False)
            self.gradients = gradients
            self.parameters: dict[str, torch.Tensor] = {}

        def start(self, runs: int) -> None:
            """Sets the runs to step 0, in place if there are any."""
            states = [initial_state(experiment, run) for run in range(runs)]
            for name in states[0]:
                stack = torch.stack([state[name] for state in states])
                if name in self.parameters:
                    self.parameters[name].copy_(stack)
                else:
                    self.parameters[name] = stack.to(device)
            self.step = 0

        def differentiate(self, examples: torch.Tensor | None) -> None:
            """Leaves each stack's gradient beside it; examples are [R, size], None means all."""
            tokens, labels = self.examples.tokens, self.examples.labels
            if examples is not None:
                tokens, labels = tokens[examples], labels[examples]
            gradients = self.gradients(self.parameters, tokens, labels)
            for name, parameter in self.parameters.items():
                gradient = gradients[name]
                if gradient.stride() != parameter.stride():  # AdamW's one pass needs the same
                    gradient = torch.empty_like(parameter).copy_(gradient)
                parameter.grad = gradient

        @common.reports_memory
        def train_losses(self) -> list[float]:
            runs = len(next(iter(self.parameters.values())))
            return [
                common.mean_loss(
                    lambda tokens: functional_call(model, self.of_run(run), (tokens,)),
                    self.examples,
                )
                for run in range(runs)
            ]

        def of_run(self, run: int) -> dict[str, torch.Tensor]:
            return {name: stack[run] for name, stack in self.parameters.items()}

    class CpuPeer(StackedPeer):
        prepared = False

        def load(self, runs: int) -> None:
            self.start(runs)
            if not self.prepared:  # now, for afterwards it would be timed
                for step in self.examples.one_of_each_size():
                    self.train(step)
                self.prepared = True
                self.start(runs)

        def start(self, runs: int) -> None:
            super().start(runs)
            self.optimizer = common.adamw(self.parameters.values(), experiment, device)
            self.scheduler = common.warmup(self.optimizer, experiment)

        def train(self, step: int) -> None:
            examples = None
            if self.examples.batches is not None:
                step %= experiment.steps
                examples = self.examples.batches[:, step, : self.examples.sizes[step]]
            self.differentiate(examples)
            self.optimizer.step()
            self.scheduler.step()

        def advance(self, steps: int) -> None:
            for _ in range(steps):
                self.train(self.step)
                self.step += 1

    class CudaPeer(StackedPeer):
        captured: graphs.StepGraphs | None = None

        @common.reports_memory
        def load(self, runs: int) -> None:
            self.start(runs)
            if self.captured is None:
                self.clock = graphs.DeviceClock(experiment, device)
                self.optimizer = common.adamw(
                    self.parameters.values(), experiment, device, self.clock.learning_rate
                )
                self.captured = graphs.StepGraphs(self.train, self.examples.sizes)
                self.start(runs)  # capturing took steps
            graphs.clear(self.optimizer)
            self.clock.reset()

        def train(self, size: int) -> None:
            batches = self.examples.batches
            self.clock.set_learning_rate()
            self.differentiate(None if batches is None else self.clock.batch(batches, size))
            self.optimizer.step()
            self.clock.tick()

        @common.reports_memory
        def advance(self, steps: int) -> None:
            self.captured.replay(self.step, steps)
            self.step += steps

    return CudaPeer() if options.cuda else CpuPeer()


if __name__ == "__main__":
    common.main(
        "pytorch-stacked",
        build,
        variants=("last", "uncompiled"),
        many_runs=True,
        oldest=OLDEST,
        feature=FEATURE,
        works=works,
    )
