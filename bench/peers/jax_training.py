"""What the two JAX peers share in JAX: a step, blocks of steps in one call each, data on the device."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import tree_map

import jax_model
from harness import Experiment, Options

# A scan is compiled for its length, so a block of steps is taken in these pieces. Those that
# harness.block_timer times are whole multiples of the first two where blocks are long.
_PIECES = (50, 10, 1)
_UNROLL = 10

Tree = Any


class Steps:
    """The functions of one run, to be compiled as they are or vmapped over runs first.

    A run's state is {"parameters", "first", "second"}, trees of arrays of one structure. ``data``
    has tokens [N, positions] and labels [N]; ``examples`` i32 [size] are indices into them, filled
    up with -1, or None for all.
    """

    def __init__(self, experiment: Experiment, options: Options) -> None:
        self._settings = experiment.optimizer
        self._logits = jax_model.forward(
            experiment, "last" in options.variants, "one-hot" in options.variants
        )
        self._gradient = jax.grad(self._mean_loss)

    def loss_sum(self, parameters: Tree, data: Tree, examples: jax.Array | None) -> jax.Array:
        """Sum of the cross entropies."""
        if examples is None:
            return jnp.sum(
                jax_model.cross_entropies(self._logits(parameters, data["tokens"]), data["labels"])
            )
        # Shapes are fixed: what fills up a short batch goes through the model and counts nothing.
        real = examples >= 0
        chosen = jnp.where(real, examples, 0)
        logits = self._logits(parameters, data["tokens"][chosen])
        losses = jax_model.cross_entropies(logits, data["labels"][chosen])
        return jnp.sum(jnp.where(real, losses, 0.0))

    def _mean_loss(self, parameters: Tree, data: Tree, examples: jax.Array | None) -> jax.Array:
        if examples is None:
            count = data["labels"].shape[0]
        else:
            count = jnp.sum(jnp.where(examples >= 0, 1.0, 0.0))
        return self.loss_sum(parameters, data, examples) / count

    def train(self, state: Tree, step: jax.Array, data: Tree, examples: jax.Array | None) -> Tree:
        """One update; ``step`` i32 counts from 0."""
        gradients = self._gradient(state["parameters"], data, examples)
        return jax_model.adamw(self._settings, step + 1, state, gradients)


class Blocks:
    """Compiled blocks of steps: scans of a function from (state, step, data) to the next state.

    ``data`` is what a block reads and never changes. The state is donated: a block overwrites it.
    """

    def __init__(self, advance: Callable[[Tree, jax.Array, Tree], Tree], options: Options) -> None:
        self._advance = advance
        self._unroll = _UNROLL if "unrolled" in options.variants else 1
        self._compiled: dict[int, Callable[[Tree, jax.Array, Tree], tuple[Tree, jax.Array]]] = {}

    def compile(self, state: Tree, step: jax.Array, data: Tree) -> None:
        """Compiles all lengths, once: nothing is compiled while steps are timed."""
        for length in _PIECES:
            if length not in self._compiled:
                block = functools.partial(self._block, length)
                jitted = jax.jit(block, donate_argnums=(0,))
                self._compiled[length] = jitted.lower(state, step, data).compile()

    def _block(
        self, length: int, state: Tree, step: jax.Array, data: Tree
    ) -> tuple[Tree, jax.Array]:
        def body(carry: tuple[Tree, jax.Array], _: None) -> tuple[tuple[Tree, jax.Array], None]:
            state, step = carry
            return (self._advance(state, step, data), step + 1), None

        unroll = min(length, self._unroll)
        carry, _ = jax.lax.scan(body, (state, step), None, length=length, unroll=unroll)
        return carry

    def run(
        self, steps: int, state: Tree, step: jax.Array, data: Tree
    ) -> tuple[Tree, jax.Array]:
        """So many steps, queued; the state and step after them."""
        for length in _PIECES:
            for _ in range(steps // length):
                state, step = self._compiled[length](state, step, data)
            steps %= length
        return state, step


def initial_state(parameters: Tree, device: Any) -> tuple[Tree, jax.Array]:
    """State and step 0 on the device."""
    state = {
        "parameters": parameters,
        "first": tree_map(np.zeros_like, parameters),
        "second": tree_map(np.zeros_like, parameters),
    }
    return jax.device_put((state, np.int32(0)), device)


def examples(experiment: Experiment, device: Any) -> Tree:
    """Tokens [N, positions] and labels [N], on the device."""
    arrays = {
        "tokens": jax_model.array(experiment.tokens),
        "labels": jax_model.array(experiment.labels),
    }
    return jax.device_put(arrays, device)


def chunks(experiment: Experiment) -> list[np.ndarray] | list[None]:
    """All examples, at most a batch at a time: looking at the loss is to take no more memory."""
    if experiment.batches is None:
        return [None]
    size = experiment.batch_examples
    count = -(-experiment.train_examples // size)
    padded = np.full(count * size, -1, dtype=np.int32)
    padded[: experiment.train_examples] = np.arange(experiment.train_examples)
    return list(padded.reshape(count, size))
