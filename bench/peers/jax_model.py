"""The transformer, its loss and AdamW as a JAX user writes them: functions of a tree of arrays.

All positions go through every layer and the unembedding, as in the published code; the loss reads
the last one. Nothing here knows of several runs: vmap does that.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import tree_map

from harness import Experiment, ExperimentError, ModelShape, OptimizerSettings
from harness import Tensor as FileTensor

Tree = Any


def array(value: FileTensor) -> np.ndarray:
    """A file's tensor in the host's memory."""
    dtype = np.dtype("<f4" if value.dtype == "F32" else "<i4")
    return np.frombuffer(value.data, dtype).reshape(value.shape)


def initial_parameters(experiment: Experiment, run: int) -> dict[str, Tree]:
    """A run's parameters, still on the host; queries, keys and values share one array."""
    left = {name: array(value) for name, value in experiment.initial(run).items()}
    parameters: dict[str, Tree] = {"embed": left.pop("embed.W_E"), "blocks": []}
    if "pos_embed.W_pos" in left:
        parameters["positional"] = left.pop("pos_embed.W_pos")
    for layer in range(experiment.model.layers):
        prefix = f"blocks.{layer}."
        attention, mlp = prefix + "attn.", prefix + "mlp."
        block: dict[str, Tree] = {
            # [heads, d_model, d_head] three times to [d_model, 3, heads, d_head]
            "qkv": np.stack([left.pop(f"{attention}W_{part}") for part in "QKV"]).transpose(2, 0, 1, 3),
            "output": left.pop(attention + "W_O"),
            "enter": left.pop(mlp + "W_in"),
            "leave": left.pop(mlp + "W_out"),
        }
        if attention + "b_Q" in left:
            block["qkv_bias"] = np.stack([left.pop(f"{attention}b_{part}") for part in "QKV"])
            block["output_bias"] = left.pop(attention + "b_O")
        if mlp + "b_in" in left:
            block["enter_bias"] = left.pop(mlp + "b_in")
            block["leave_bias"] = left.pop(mlp + "b_out")
        for norm in ("ln1", "ln2"):
            if f"{prefix}{norm}.w" in left:
                block[norm] = {key: left.pop(f"{prefix}{norm}.{key}") for key in ("w", "b")}
        parameters["blocks"].append(block)
    if "ln_final.w" in left:
        parameters["ln_final"] = {key: left.pop(f"ln_final.{key}") for key in ("w", "b")}
    parameters["unembed"] = left.pop("unembed.W_U")
    if "unembed.b_U" in left:
        parameters["unembed_bias"] = left.pop("unembed.b_U")
    if left:
        raise ExperimentError(
            f"{experiment.folder}: run {run} has {min(left)}, a parameter unknown to this peer"
        )
    return parameters


def forward(
    experiment: Experiment, only_last: bool, one_hot: bool
) -> Callable[[Tree, jax.Array], jax.Array]:
    """The function from parameters and tokens [batch, positions] to logits [batch, outputs].

    With ``only_last`` the last block's MLP and the unembedding have the last position alone. With ``one_hot`` embeddings are looked up by a matrix product, whose gradient is another one, and
    not by a gather, whose gradient is a scatter with many writers to each row.
    """
    shape = experiment.model
    fixed = None if experiment.positional is None else array(experiment.positional)
    causal = np.tril(np.ones((shape.positions, shape.positions), dtype=bool))
    post = shape.normalization == "post"

    def attention(block: Tree, x: jax.Array) -> jax.Array:
        qkv = jnp.einsum("bpd,dshe->bpshe", x, block["qkv"])
        if "qkv_bias" in block:
            qkv = qkv + block["qkv_bias"]
        q, k, v = qkv[:, :, 0], qkv[:, :, 1], qkv[:, :, 2]  # each [batch, positions, heads, d_head]
        scores = jnp.einsum("bphe,bqhe->bhpq", q, k) / math.sqrt(shape.d_head)
        weights = jax.nn.softmax(jnp.where(causal, scores, -jnp.inf), axis=-1)
        z = jnp.einsum("bhpq,bqhe->bphe", weights, v)
        return _biased(block, "output", jnp.einsum("bphe,hed->bpd", z, block["output"]))

    def mlp(block: Tree, x: jax.Array) -> jax.Array:
        hidden = _biased(block, "enter", x @ block["enter"])
        hidden = (
            jax.nn.relu(hidden)
            if shape.activation == "relu"
            else jax.nn.gelu(hidden, approximate=False)
        )
        return _biased(block, "leave", hidden @ block["leave"])

    def logits(parameters: Tree, tokens: jax.Array) -> jax.Array:
        if one_hot:
            x = jax.nn.one_hot(tokens, shape.vocabulary, dtype=jnp.float32) @ parameters["embed"]
        else:
            x = parameters["embed"][tokens]
        if fixed is not None:
            x = x + fixed
        elif "positional" in parameters:
            x = x + parameters["positional"]
        for layer, block in enumerate(parameters["blocks"]):
            if post:
                x = _normalize(shape, block, "ln1", x + attention(block, x))
            else:
                x = x + attention(block, _normalize(shape, block, "ln1", x))
            if only_last and layer == shape.layers - 1:
                x = x[:, -1:]
            if post:
                x = _normalize(shape, block, "ln2", x + mlp(block, x))
            else:
                x = x + mlp(block, _normalize(shape, block, "ln2", x))
        x = _normalize(shape, parameters, "ln_final", x)
        return _biased(parameters, "unembed", x @ parameters["unembed"])[:, -1]

    return logits


def cross_entropies(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """[batch]"""
    log_probabilities = jax.nn.log_softmax(logits, axis=-1)
    return -jnp.take_along_axis(log_probabilities, labels[:, None], axis=-1)[:, 0]


def adamw(settings: OptimizerSettings, step: jax.Array, state: Tree, gradients: Tree) -> Tree:
    """PyTorch's AdamW; ``step`` i32 counts from 1.

    State and result are {"parameters", "first", "second"}: with both moments of the gradients.
    """
    t = step.astype(jnp.float32)
    warmup = jnp.minimum(1.0, t / settings.warmup_steps) if settings.warmup_steps else 1.0
    learning_rate = settings.learning_rate * warmup
    beta1, beta2 = settings.beta1, settings.beta2
    correction1, correction2 = 1 - beta1**t, 1 - beta2**t
    first = tree_map(lambda m, g: beta1 * m + (1 - beta1) * g, state["first"], gradients)
    second = tree_map(lambda v, g: beta2 * v + (1 - beta2) * g * g, state["second"], gradients)

    def update(w: jax.Array, m: jax.Array, v: jax.Array) -> jax.Array:
        decayed = w * (1 - learning_rate * settings.weight_decay)
        denominator = jnp.sqrt(v / correction2) + settings.epsilon
        return decayed - learning_rate * (m / correction1) / denominator

    parameters = tree_map(update, state["parameters"], first, second)
    return {"parameters": parameters, "first": first, "second": second}


def _biased(tree: Tree, name: str, x: jax.Array) -> jax.Array:
    return x + tree[name + "_bias"] if name + "_bias" in tree else x


def _normalize(shape: ModelShape, tree: Tree, name: str, x: jax.Array) -> jax.Array:
    """Layer normalisation where the tree has one of that name."""
    if name not in tree:
        return x
    centred = x - jnp.mean(x, axis=-1, keepdims=True)
    variance = jnp.mean(centred * centred, axis=-1, keepdims=True)
    scaled = centred * jax.lax.rsqrt(variance + shape.normalization_epsilon)
    return scaled * tree[name]["w"] + tree[name]["b"]
