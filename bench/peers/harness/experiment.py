"""An exported experiment: what to train on, from where, and the curve that has to come out.

`bench/export-experiment` writes the folder; all peers read the same bytes, so that none can be
faster by doing something else. Everything is looked at before any framework is imported: a peer may
use the numbers as they are.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from harness import safetensors
from harness.safetensors import SafetensorsError, Tensor

FORMAT = "longrun experiment 1"
_HOW = "bench/export-experiment CONFIG --runs R FOLDER writes one"


class ExperimentError(Exception):
    """A folder that is no experiment; the message says where it is wrong and what to do."""


@dataclass(frozen=True)
class ModelShape:
    """A decoder-only transformer. Which biases there are follows from the initial parameters."""

    layers: int
    d_model: int
    heads: int
    d_head: int
    d_mlp: int
    activation: str  # "relu" or "gelu" (exact)
    normalization: str  # "none", "pre" (with a final one) or "post"
    normalization_epsilon: float
    vocabulary: int
    positions: int
    outputs: int


@dataclass(frozen=True)
class OptimizerSettings:
    """AdamW as PyTorch's; step t, from 1, has learning_rate · min(1, t / warmup_steps)."""

    learning_rate: float
    weight_decay: float
    beta1: float
    beta2: float
    epsilon: float
    warmup_steps: int

    def warmup(self, step: int) -> float:
        """Factor of the learning rate at a step, counted from 1."""
        return min(1.0, step / self.warmup_steps) if self.warmup_steps else 1.0


@dataclass(frozen=True)
class Experiment:
    """N training examples, R runs that differ in their seed, K steps whose batches are given.

    tokens I32 [N, positions], labels I32 [N]; batches I32 [R, K, B] are indices into the examples,
    filled up with -1, or None for full batch; positional F32 [positions, d_model] is added to the
    embedding where positions are not learned, else None.
    """

    folder: Path
    name: str
    yaml: str
    useful_flops_per_step: float
    naive_flops_per_step: float
    bytes_per_step: float
    model: ModelShape
    optimizer: OptimizerSettings
    train_examples: int
    batch_examples: int
    steps: int
    steps_per_epoch: int
    seeds: tuple[int, ...]
    evaluated_steps: tuple[int, ...]
    train_losses: tuple[tuple[float, ...], ...]
    tokens: Tensor
    labels: Tensor
    batches: Tensor | None
    positional: Tensor | None

    @property
    def runs(self) -> int:
        return len(self.seeds)

    @cached_property
    def batch_sizes(self) -> tuple[int, ...]:
        """Examples of each of the K steps, the same for every run."""
        if self.batches is None:
            return (self.train_examples,) * self.steps
        width = self.batch_examples
        first = self.batches.elements()[: self.steps * width]
        return tuple(
            width - first[step * width : (step + 1) * width].count(-1) for step in range(self.steps)
        )

    def initial(self, run: int) -> dict[str, Tensor]:
        """Initial parameters of a run, by the names of `longrun.model.Model`."""
        path = self.folder / f"init-{run:04d}.safetensors"
        parameters = _tensors(path)
        for name, tensor in parameters.items():
            if tensor.dtype != "F32":
                raise ExperimentError(f"{path}: {name} is {tensor.dtype}, expected F32")
        missing = {"embed.W_E", "unembed.W_U"} - parameters.keys()
        if missing:
            raise ExperimentError(f"{path}: {min(missing)} is missing")
        return parameters


def read(folder: Path) -> Experiment:
    """Reads a folder, but for the initial parameters, which are read run by run.

    Raises ExperimentError if it is none.
    """
    path = folder / "experiment.json"
    if not path.is_file():
        raise ExperimentError(f"{folder} is no experiment: it has no experiment.json; {_HOW}")
    try:
        root = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ExperimentError(f"{path}: {error}") from None
    fields = _Fields(path, "", root)
    found = fields.text("format")
    if found != FORMAT:
        raise ExperimentError(f"{path}: format={found!r}, expected {FORMAT!r}; {_HOW}")
    examples = _tensors(folder / "examples.safetensors")
    experiment = Experiment(
        folder=folder,
        name=fields.text("name"),
        yaml=fields.text("yaml"),
        useful_flops_per_step=fields.number("useful_flops_per_step"),
        naive_flops_per_step=fields.number("naive_flops_per_step"),
        bytes_per_step=fields.number("bytes_per_step"),
        model=_model(fields.object("model")),
        optimizer=_optimizer(fields.object("optimizer")),
        train_examples=fields.natural("train_examples", 1),
        batch_examples=fields.natural("batch_examples", 1),
        steps=fields.natural("steps", 1),
        steps_per_epoch=fields.natural("steps_per_epoch", 1),
        seeds=tuple(fields.list("seeds")),
        evaluated_steps=tuple(fields.list("evaluated_steps")),
        train_losses=tuple(tuple(row) for row in fields.list("train_losses")),
        tokens=_required(folder, examples, "tokens"),
        labels=_required(folder, examples, "labels"),
        batches=examples.get("batches"),
        positional=examples.get("positional"),
    )
    _require_consistent(path, experiment)
    return experiment


def _model(fields: _Fields) -> ModelShape:
    counts = ("layers", "d_model", "heads", "d_head", "d_mlp", "vocabulary", "positions", "outputs")
    return ModelShape(
        activation=fields.choice("activation", ("relu", "gelu")),
        normalization=fields.choice("normalization", ("none", "pre", "post")),
        normalization_epsilon=fields.number("normalization_epsilon"),
        **{name: fields.natural(name, 1) for name in counts},
    )


def _optimizer(fields: _Fields) -> OptimizerSettings:
    numbers = ("learning_rate", "weight_decay", "beta1", "beta2", "epsilon")
    return OptimizerSettings(
        warmup_steps=fields.natural("warmup_steps", 0),
        **{name: fields.number(name) for name in numbers},
    )


def _require_consistent(path: Path, e: Experiment) -> None:
    """Shapes and indices are as the JSON says; a framework would notice late or not at all."""
    runs = e.runs
    if runs < 1 or not all(type(seed) is int for seed in e.seeds):
        raise ExperimentError(f"{path}: seeds={list(e.seeds)!r}, expected one integer for each run")
    evaluated = e.evaluated_steps
    if (
        not all(type(step) is int for step in evaluated)
        or list(evaluated) != sorted(set(evaluated))
        or len(evaluated) < 2
        or evaluated[0] < 0
    ):
        raise ExperimentError(
            f"{path}: evaluated_steps={list(evaluated)!r}, expected at least two, ascending"
        )
    if len(e.train_losses) != runs or any(len(row) != len(evaluated) for row in e.train_losses):
        raise ExperimentError(f"{path}: train_losses must be [{runs}][{len(evaluated)}]")
    for run, row in enumerate(e.train_losses):
        for step, loss in zip(evaluated, row):
            if not _is_number(loss) or not loss > 0:
                raise ExperimentError(f"{path}: the loss of run {run} at step {step} is {loss!r}")
    if e.batch_examples > e.train_examples:
        raise ExperimentError(f"{path}: batch_examples is greater than train_examples")
    if (e.batches is None) != (e.batch_examples == e.train_examples):
        raise ExperimentError(f"{path}: batches are there exactly if the batch is not full")
    where = path.parent / "examples.safetensors"
    n, shape = e.train_examples, e.model
    _require(where, "tokens", e.tokens, "I32", (n, shape.positions))
    _require(where, "labels", e.labels, "I32", (n,))
    _require_range(where, "tokens", e.tokens, 0, shape.vocabulary)
    _require_range(where, "labels", e.labels, 0, shape.outputs)
    if e.positional is not None:
        _require(where, "positional", e.positional, "F32", (shape.positions, shape.d_model))
    if e.batches is not None:
        _require(where, "batches", e.batches, "I32", (runs, e.steps, e.batch_examples))
        _require_range(where, "batches", e.batches, -1, n)
        _require_padding(where, e)


def _require_padding(path: Path, e: Experiment) -> None:
    """-1 fills up the end of a batch, as often in every run: then runs can be stacked."""
    elements = e.batches.elements()
    width = e.batch_examples
    for start in range(0, len(elements), width):
        run, step = divmod(start // width, e.steps)
        real = e.batch_sizes[step]
        batch = elements[start : start + width]
        if real < 1 or batch.count(-1) != width - real or -1 in batch[:real]:
            raise ExperimentError(
                f"{path}: batches[{run}][{step}] must be {real} examples, then -1"
            )


def _require(path: Path, name: str, tensor: Tensor, dtype: str, shape: tuple[int, ...]) -> None:
    if (tensor.dtype, tensor.shape) != (dtype, shape):
        raise ExperimentError(
            f"{path}: {name} is {tensor.dtype} {list(tensor.shape)}, expected {dtype} {list(shape)}"
        )


def _require_range(path: Path, name: str, tensor: Tensor, least: int, end: int) -> None:
    elements = tensor.elements()
    for value in (min(elements), max(elements)):
        if not least <= value < end:
            raise ExperimentError(f"{path}: {name} has {value}, expected {least} to {end - 1}")


def _required(folder: Path, tensors: dict[str, Tensor], name: str) -> Tensor:
    if name not in tensors:
        raise ExperimentError(f"{folder / 'examples.safetensors'}: {name} is missing")
    return tensors[name]


def _tensors(path: Path) -> dict[str, Tensor]:
    try:
        return safetensors.read(path)
    except OSError as error:
        raise ExperimentError(f"{path}: {error.strerror}; {_HOW}") from None
    except SafetensorsError as error:
        raise ExperimentError(str(error)) from None


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


@dataclass(frozen=True)
class _Fields:
    """An object of experiment.json whose fields are there and of their type, or it is no good."""

    path: Path
    prefix: str
    node: Any

    def __post_init__(self) -> None:
        if not isinstance(self.node, dict):
            raise ExperimentError(f"{self.path}: {self.prefix or 'root'} is no JSON object")

    def text(self, key: str) -> str:
        value = self._get(key)
        return value if isinstance(value, str) else self._wrong(key, "a string")

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        value = self.text(key)
        return value if value in choices else self._wrong(key, " or ".join(choices))

    def number(self, key: str) -> float:
        value = self._get(key)
        if not _is_number(value) or value < 0:
            self._wrong(key, "a number of at least 0")
        return float(value)

    def natural(self, key: str, least: int) -> int:
        value = self._get(key)
        if type(value) is not int or value < least:
            self._wrong(key, f"an integer of at least {least}")
        return value

    def list(self, key: str) -> list[Any]:
        value = self._get(key)
        return value if isinstance(value, list) else self._wrong(key, "an array")

    def object(self, key: str) -> _Fields:
        return _Fields(self.path, self.prefix + key + ".", self._get(key))

    def _get(self, key: str) -> Any:
        if key not in self.node:
            raise ExperimentError(f"{self.path}: {self.prefix}{key} is missing; {_HOW}")
        return self.node[key]

    def _wrong(self, key: str, expected: str) -> Any:
        raise ExperimentError(
            f"{self.path}: {self.prefix}{key}={self.node[key]!r}, expected {expected}"
        )
