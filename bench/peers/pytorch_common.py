"""What the three PyTorch peers share beside the model: versions, devices, data, optimizer.

PyTorch is imported inside functions: a probe has to be able to say that it is missing.
"""

from __future__ import annotations

import functools
import importlib.util
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import harness
from harness import DeviceOutOfMemory, Experiment, Options, Probe, Unavailable, threads

if TYPE_CHECKING:
    import torch

OLDEST = (1, 13)
_INSTALL = "install PyTorch: pip install torch, or on Debian apt install python3-torch"
_Method = TypeVar("_Method", bound=Callable[..., Any])


def main(
    engine: str,
    build: Callable[[Experiment, Options], harness.Peer],
    *,
    variants: tuple[str, ...],
    many_runs: bool = False,
    oldest: tuple[int, int] = OLDEST,
    feature: str = "this peer",
    works: Callable[[str], None] | None = None,
) -> NoReturn:
    """Runs a peer's script; ``oldest``, ``feature`` and ``works`` as for probe."""
    program = harness.Program(
        engine=engine,
        probe=lambda: probe(oldest, feature, works),
        version=lambda: require(oldest, feature),
        build=reports_memory(build),
        variants=variants,
        many_runs=many_runs,
    )
    sys.exit(harness.main(program))


def probe(
    oldest: tuple[int, int] = OLDEST,
    feature: str = "this peer",
    works: Callable[[str], None] | None = None,
) -> Probe:
    """Where PyTorch could run here.

    ``feature`` is what needs the oldest version; ``works`` tries it on a device and raises an
    exception if it does not work there.
    """
    try:
        version = require(oldest, feature)
    except Unavailable as error:
        return Probe(why=str(error))
    import torch

    devices, reasons = [], []
    for device in ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",):
        try:
            if works is not None:
                works(device)
            devices.append(device)
        except Exception as error:  # whatever a compiler's driver comes upon
            first = (str(error).strip() or type(error).__name__).splitlines()[0]
            reasons.append(f"{feature} fails on {device}: {first}")
    build = f"CUDA {torch.version.cuda}" if torch.version.cuda else "CPU"
    return Probe(f"{version}, {build}", tuple(devices), "; ".join(reasons), separate_blas())


def require(oldest: tuple[int, int], feature: str) -> str:
    """Name and version of the PyTorch that is here; Unavailable if there is none or too old a one."""
    if importlib.util.find_spec("torch") is None:
        raise Unavailable(f"this Python has no PyTorch; {_INSTALL}")
    try:
        import torch
    except (ImportError, OSError) as error:
        raise Unavailable(f"PyTorch cannot be loaded: {error}; {_INSTALL}") from None

    if version() < oldest:
        needed = ".".join(str(part) for part in oldest)
        raise Unavailable(f"{feature} needs PyTorch {needed} or newer, this is {torch.__version__}")
    return f"PyTorch {torch.__version__.split('+')[0]}"


def version() -> tuple[int, int]:
    import torch

    major, minor = re.match(r"(\d+)\.(\d+)", torch.__version__).groups()
    return int(major), int(minor)


def separate_blas() -> bool:
    """Whether the BLAS has threads of its own: MKL takes the number that PyTorch has."""
    import torch

    return not torch.backends.mkl.is_available()


def set_up(options: Options) -> torch.device:
    """Threads and precision; the device, or Unavailable."""
    import torch

    if options.blas_threads != options.threads and not separate_blas():
        raise harness.ExperimentError(
            f"--blas-threads {options.blas_threads}: the BLAS of this PyTorch is MKL, which has the "
            f"threads of --threads; leave it out"
        )

    if options.cuda and not torch.cuda.is_available():
        raise Unavailable(
            "PyTorch sees no CUDA device: it needs an NVIDIA driver and a build with CUDA"
        )
    torch.set_num_threads(options.threads)
    torch.set_float32_matmul_precision("high" if options.precision == "tf32" else "highest")
    return torch.device(options.device)


def describe(options: Options, *details: str) -> str:
    """For people: version, device, threads or precision, and what was chosen."""
    import torch

    if options.cuda:
        place = torch.cuda.get_device_name(), options.precision
    elif separate_blas():
        place = "CPU", threads.text(options)
    else:
        place = "CPU", f"{threads.count(options.threads, 'OpenMP')}, as many of MKL"
    return ", ".join([require(OLDEST, "this peer"), *place, *details])


def adamw(
    parameters: Iterable[torch.Tensor],
    experiment: Experiment,
    device: torch.device,
    learning_rate: float | torch.Tensor | None = None,
) -> torch.optim.AdamW:
    """The fastest AdamW that this version has for the device, all parameters in one group.

    With a tensor as its learning rate it can be captured in a CUDA graph.
    """
    import torch

    settings = experiment.optimizer
    fused = version() >= ((2, 0) if device.type == "cuda" else (2, 4))
    options: dict[str, Any] = {"fused": True} if fused else {"foreach": True}
    if learning_rate is None:
        learning_rate = settings.learning_rate
    else:
        options["capturable"] = True
    return torch.optim.AdamW(
        parameters,
        lr=learning_rate,
        betas=(settings.beta1, settings.beta2),
        eps=settings.epsilon,
        weight_decay=settings.weight_decay,
        **options,
    )


def warmup(optimizer: torch.optim.Optimizer, experiment: Experiment) -> Any:
    """The learning rate's schedule; its step() follows that of the optimizer."""
    import torch

    return torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda steps_done: experiment.optimizer.warmup(steps_done + 1)
    )


class Examples:
    """The training examples on the device, and which of them a step takes.

    tokens [N, positions] and labels [N] are int64; batches [R, K, B] int64, or None for full batch.
    """

    def __init__(self, experiment: Experiment, runs: int, device: torch.device) -> None:
        from pytorch_model import tensor

        self.tokens = tensor(experiment.tokens).long().to(device)
        self.labels = tensor(experiment.labels).long().to(device)
        self.batches = None
        if experiment.batches is not None:
            self.batches = tensor(experiment.batches)[:runs].long().to(device)
        self.sizes = experiment.batch_sizes
        self._chunk = experiment.batch_examples

    def batch(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Tokens and labels of the first run's step, counted from 0."""
        if self.batches is None:
            return self.tokens, self.labels
        step %= len(self.sizes)
        examples = self.batches[0, step, : self.sizes[step]]
        return self.tokens[examples], self.labels[examples]

    def one_of_each_size(self) -> list[int]:
        """A step for each size of batch: what has to be compiled for each is once it has trained."""
        return list({size: step for step, size in enumerate(self.sizes)}.values())

    def chunks(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """All examples, at most a batch at a time: looking at the loss is to take no more memory."""
        return zip(self.tokens.split(self._chunk), self.labels.split(self._chunk))


def mean_loss(
    model: Callable[[torch.Tensor], torch.Tensor], examples: Examples
) -> float:
    """Mean cross entropy of one model over all training examples."""
    import torch
    from torch.nn.functional import cross_entropy

    with torch.no_grad():
        sums = [
            cross_entropy(model(tokens), labels, reduction="sum").item()
            for tokens, labels in examples.chunks()
        ]
    return sum(sums) / len(examples.labels)


def reports_memory(method: _Method) -> _Method:
    """Wraps a peer's method: the framework's out-of-memory becomes the harness's."""

    @functools.wraps(method)
    def wrapped(*arguments: Any) -> Any:
        try:
            return method(*arguments)
        except RuntimeError as error:  # of which torch's is one, if there is a torch at all
            import torch

            if isinstance(error, torch.cuda.OutOfMemoryError):
                raise DeviceOutOfMemory(str(error)) from error
            raise

    return wrapped
