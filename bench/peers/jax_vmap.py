#!/usr/bin/env python3
"""JAX: the step vmapped over all runs, in lax.scan over a block of steps, in jit.

Each array is one [R, …]: a block of steps of all runs is one call. Variants as in jax_scan.py.
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
    import numpy as np
    from jax.tree_util import tree_map

    import jax_model
    import jax_training as training

    steps = training.Steps(experiment, options)
    # In full batch all runs train on the same examples, otherwise each on its own.
    full_batch = experiment.batches is None
    train = jax.vmap(steps.train, in_axes=(0, None, None, None if full_batch else 0))

    def advance(states: Any, step: Any, data: Any) -> Any:
        examples = None if full_batch else data["batches"][:, step % experiment.steps]
        return train(states, step, data, examples)

    class VmapPeer:
        def __init__(self) -> None:
            self.version = version
            self.on = common.describe(options, device, version)
            self.examples = self.data = training.examples(experiment, device)
            if not full_batch:
                batches = jax_model.array(experiment.batches)[: options.runs]
                self.data = {**self.examples, "batches": jax.device_put(batches, device)}
            self.blocks = training.Blocks(advance, options)
            self.loss_sums = jax.jit(jax.vmap(steps.loss_sum, in_axes=(0, None, None)))

        @common.reports_memory
        def load(self, runs: int) -> None:
            self.states = None  # lets go of the old ones before there are new
            trees = [jax_model.initial_parameters(experiment, run) for run in range(runs)]
            stacked = tree_map(lambda *arrays: np.stack(arrays), *trees)
            self.states, self.step = training.initial_state(stacked, device)
            self.blocks.compile(self.states, self.step, self.data)

        @common.reports_memory
        def train_losses(self) -> list[float]:
            sums = [
                np.asarray(self.loss_sums(self.states["parameters"], self.examples, chunk))
                for chunk in training.chunks(experiment)
            ]
            return list(np.sum(sums, axis=0, dtype=np.float64) / experiment.train_examples)

        @common.reports_memory
        def advance(self, count: int) -> None:
            self.states, self.step = self.blocks.run(count, self.states, self.step, self.data)
            jax.block_until_ready(self.states)

    return VmapPeer()


if __name__ == "__main__":
    common.main("jax-vmap", build)
