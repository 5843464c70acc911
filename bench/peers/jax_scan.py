#!/usr/bin/env python3
"""JAX: jit and lax.scan over a block of steps, so that a block is one call.

Several runs train one after the other, block by block. Variants: "last" computes the last layer's
MLP and the unembedding at the last position only; "one-hot" looks embeddings up by a matrix
product; "unrolled" unrolls ten steps of the scan.
"""

from __future__ import annotations

from typing import Any

import harness
import jax_common as common


def build(experiment: harness.Experiment, options: harness.Options) -> harness.Peer:
    """The peer, its examples on the device; nothing is compiled yet."""
    version = common.require()
    device = common.set_up(options)
    import jax

    import jax_model
    import jax_training as training

    steps = training.Steps(experiment, options)

    def advance(state: Any, step: Any, data: Any) -> Any:
        examples = None if experiment.batches is None else data["batches"][step % experiment.steps]
        return steps.train(state, step, data, examples)

    class ScanPeer:
        def __init__(self) -> None:
            self.version = version
            self.on = common.describe(options, device, version)
            self.examples = training.examples(experiment, device)
            self.data = [self.examples] * options.runs
            if experiment.batches is not None:
                batches = jax_model.array(experiment.batches)
                self.data = [
                    {**self.examples, "batches": jax.device_put(batches[run], device)}
                    for run in range(options.runs)
                ]
            self.blocks = training.Blocks(advance, options)
            self.loss_sum = jax.jit(steps.loss_sum)

        @common.reports_memory
        def load(self, runs: int) -> None:
            self.runs: list[tuple[Any, Any]] = []  # let go of the old ones before there are new
            for run in range(runs):
                parameters = jax_model.initial_parameters(experiment, run)
                self.runs.append(training.initial_state(parameters, device))
            self.blocks.compile(*self.runs[0], self.data[0])

        @common.reports_memory
        def train_losses(self) -> list[float]:
            return [self.mean_loss(state["parameters"]) for state, _ in self.runs]

        def mean_loss(self, parameters: Any) -> float:
            sums = [
                float(self.loss_sum(parameters, self.examples, chunk))
                for chunk in training.chunks(experiment)
            ]
            return sum(sums) / experiment.train_examples

        @common.reports_memory
        def advance(self, count: int) -> None:
            for run, (state, step) in enumerate(self.runs):
                self.runs[run] = self.blocks.run(count, state, step, self.data[run])
            jax.block_until_ready(self.runs)

    return ScanPeer()


if __name__ == "__main__":
    common.main("jax-scan", build)
