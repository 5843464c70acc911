"""The transformer as a PyTorch user writes it, shared by the three PyTorch peers.

Modules of torch.nn, with one projection for queries, keys and values. All positions go through
every layer and the unembedding, as in the published code; the loss reads the last one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from harness import Experiment, ExperimentError, ModelShape
from harness import Tensor as FileTensor


class Attention(nn.Module):
    """Causal multi-head attention.

    Over three or four positions a head's scores are a handful of numbers: as sums of products they
    take no longer than torch's own attention, and less where a compiler can fuse them or vmap has
    to batch them. ``fused`` takes torch's own all the same; it came with 2.0.
    """

    def __init__(self, shape: ModelShape, bias: bool, fused: bool) -> None:
        super().__init__()
        self.heads = shape.heads
        self.d_head = shape.d_head
        self.fused = fused
        self.qkv = nn.Linear(shape.d_model, 3 * shape.heads * shape.d_head, bias)
        self.output = nn.Linear(shape.heads * shape.d_head, shape.d_model, bias)
        future = torch.ones(shape.positions, shape.positions, dtype=torch.bool).triu(1)
        self.register_buffer("future", future[:, :, None], persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        batch, positions, _ = x.shape
        qkv = self.qkv(x).view(batch, positions, 3, self.heads, self.d_head)
        q, k, v = qkv.unbind(2)  # each [batch, positions, heads, d_head]
        if self.fused:
            q, k, v = (part.transpose(1, 2) for part in (q, k, v))
            z = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2)
        else:
            # [batch, query, key, heads]
            scores = (q.unsqueeze(2) * k.unsqueeze(1)).sum(-1) / math.sqrt(self.d_head)
            weights = scores.masked_fill(self.future, -math.inf).softmax(2)
            z = (weights.unsqueeze(-1) * v.unsqueeze(1)).sum(2)
        return self.output(z.flatten(2))


class Mlp(nn.Module):
    """One hidden layer."""

    def __init__(self, shape: ModelShape, bias: bool) -> None:
        super().__init__()
        self.enter = nn.Linear(shape.d_model, shape.d_mlp, bias)
        self.leave = nn.Linear(shape.d_mlp, shape.d_model, bias)
        self.activation = F.relu if shape.activation == "relu" else F.gelu

    def forward(self, x: Tensor) -> Tensor:
        return self.leave(self.activation(self.enter(x)))


class Block(nn.Module):
    """Attention and MLP; ``only_last`` cuts off all positions but the last in between."""

    def __init__(
        self, shape: ModelShape, biases: Biases, fused_attention: bool, only_last: bool
    ) -> None:
        super().__init__()
        self.post = shape.normalization == "post"
        self.only_last = only_last
        self.attention = Attention(shape, biases.attention, fused_attention)
        self.mlp = Mlp(shape, biases.mlp)
        self.ln1 = normalization(shape)
        self.ln2 = normalization(shape)

    def forward(self, x: Tensor) -> Tensor:
        if self.post:
            x = self.ln1(x + self.attention(x))
        else:
            x = x + self.attention(self.ln1(x))
        if self.only_last:
            x = x[:, -1:]
        if self.post:
            return self.ln2(x + self.mlp(x))
        return x + self.mlp(self.ln2(x))


class Biases:
    """Which linear layers have one: those whose bias is among the initial parameters."""

    def __init__(self, initial: Mapping[str, FileTensor]) -> None:
        self.attention = "blocks.0.attn.b_Q" in initial
        self.mlp = "blocks.0.mlp.b_in" in initial
        self.unembed = "unembed.b_U" in initial


class Transformer(nn.Module):
    """Tokens [batch, positions] to logits at the last position [batch, outputs]."""

    def __init__(
        self,
        experiment: Experiment,
        only_last: bool = False,
        fused_attention: bool = False,
    ) -> None:
        super().__init__()
        shape = experiment.model
        initial = experiment.initial(0)
        biases = Biases(initial)
        self.embed = nn.Embedding(shape.vocabulary, shape.d_model)
        if experiment.positional is not None:
            self.register_buffer("positional", tensor(experiment.positional), persistent=False)
        elif "pos_embed.W_pos" in initial:
            self.positional = nn.Parameter(torch.zeros(shape.positions, shape.d_model))
        else:
            self.positional = None
        self.blocks = nn.ModuleList(
            Block(shape, biases, fused_attention, only_last and layer == shape.layers - 1)
            for layer in range(shape.layers)
        )
        self.ln_final = normalization(shape) if shape.normalization == "pre" else nn.Identity()
        self.unembed = nn.Linear(shape.d_model, shape.outputs, biases.unembed)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embed(tokens)
        if self.positional is not None:
            x = x + self.positional
        for block in self.blocks:
            x = block(x)
        return self.unembed(self.ln_final(x))[:, -1]


def normalization(shape: ModelShape) -> nn.Module:
    if shape.normalization == "none":
        return nn.Identity()
    return nn.LayerNorm(shape.d_model, shape.normalization_epsilon)


def initial_state(experiment: Experiment, run: int) -> dict[str, Tensor]:
    """A run's initial parameters by the names and in the layouts of Transformer."""
    left = {name: tensor(value) for name, value in experiment.initial(run).items()}
    state: dict[str, Tensor] = {"embed.weight": left.pop("embed.W_E")}
    if "pos_embed.W_pos" in left:
        state["positional"] = left.pop("pos_embed.W_pos")
    for layer in range(experiment.model.layers):
        theirs, ours = f"blocks.{layer}.", f"blocks.{layer}."
        # W_Q [heads, d_model, d_head]; a Linear's weight is [out, in].
        weights = [left.pop(f"{theirs}attn.W_{name}") for name in "QKV"]
        state[ours + "attention.qkv.weight"] = torch.cat(
            [weight.transpose(1, 2).flatten(0, 1) for weight in weights]
        )
        state[ours + "attention.output.weight"] = left.pop(theirs + "attn.W_O").flatten(0, 1).t()
        if theirs + "attn.b_Q" in left:
            biases = [left.pop(f"{theirs}attn.b_{name}").flatten() for name in "QKV"]
            state[ours + "attention.qkv.bias"] = torch.cat(biases)
            state[ours + "attention.output.bias"] = left.pop(theirs + "attn.b_O")
        for name, part in (("in", "enter"), ("out", "leave")):
            state[f"{ours}mlp.{part}.weight"] = left.pop(f"{theirs}mlp.W_{name}").t()
            if f"{theirs}mlp.b_{name}" in left:
                state[f"{ours}mlp.{part}.bias"] = left.pop(f"{theirs}mlp.b_{name}")
        for norm in ("ln1", "ln2"):
            if f"{theirs}{norm}.w" in left:
                state[f"{ours}{norm}.weight"] = left.pop(f"{theirs}{norm}.w")
                state[f"{ours}{norm}.bias"] = left.pop(f"{theirs}{norm}.b")
    if "ln_final.w" in left:
        state["ln_final.weight"] = left.pop("ln_final.w")
        state["ln_final.bias"] = left.pop("ln_final.b")
    state["unembed.weight"] = left.pop("unembed.W_U").t()
    if "unembed.b_U" in left:
        state["unembed.bias"] = left.pop("unembed.b_U")
    if left:
        raise ExperimentError(
            f"{experiment.folder}: run {run} has {min(left)}, a parameter unknown to this peer"
        )
    return {name: value.contiguous() for name, value in state.items()}


def tensor(value: FileTensor) -> Tensor:
    """A file's tensor on the CPU."""
    dtype = torch.float32 if value.dtype == "F32" else torch.int32
    return torch.frombuffer(bytearray(value.data), dtype=dtype).reshape(value.shape)
