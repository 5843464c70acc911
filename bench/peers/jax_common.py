"""What the two JAX peers share outside of JAX: versions, devices, environment, failures.

Written for JAX 0.4.30 and newer. JAX is imported inside functions: a probe has to be able to say
that it is missing.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

import harness
from harness import DeviceOutOfMemory, Experiment, Options, Probe, Unavailable

OLDEST = (0, 4, 30)
VARIANTS = ("last", "one-hot", "unrolled")
_INSTALL = "install it: pip install jax, or for NVIDIA devices pip install 'jax[cuda12]'"
_PLATFORMS = {"cpu": ("cpu",), "cuda": ("gpu", "cuda")}  # as a device of JAX calls its own


def main(engine: str, build: Callable[[Experiment, Options], harness.Peer]) -> NoReturn:
    """Runs a peer's script."""
    program = harness.Program(
        engine=engine,
        probe=probe,
        version=require,
        build=reports_memory(build),
        variants=VARIANTS,
        many_runs=True,
        environment=environment,
    )
    sys.exit(harness.main(program))


def environment(options: Options) -> dict[str, str]:
    """What has to be set before JAX is imported.

    XLA sizes its pool of threads by PJRT_NPROC, older versions by NPROC; it has no BLAS with threads
    of its own. Memory is taken as it is needed: else a device looks three quarters full at once.
    """
    pool = str(max(options.threads, options.blas_threads))
    return {
        "JAX_PLATFORMS": options.device,
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        "PJRT_NPROC": pool,
        "NPROC": pool,
    }


def probe() -> Probe:
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
    try:
        version = require()
        import jax

        present = {device.platform for device in jax.devices()}
    except (Unavailable, RuntimeError) as error:
        return Probe(why=str(error))
    cuda = present.intersection(_PLATFORMS["cuda"])
    return Probe(version, ("cpu", "cuda") if cuda else ("cpu",), separate_blas=False)


def require() -> str:
    """Name and version of the JAX that is here; Unavailable if there is none or too old a one."""
    if importlib.util.find_spec("jax") is None:
        raise Unavailable(f"this Python has no JAX; {_INSTALL}")
    try:
        import jax
    except (ImportError, OSError, RuntimeError) as error:  # RuntimeError: jaxlib does not match
        raise Unavailable(f"JAX cannot be loaded: {error}; {_INSTALL}") from None
    numbers = tuple(int(part) for part in jax.__version__.split(".")[:3] if part.isdigit())
    if numbers < OLDEST:
        oldest = ".".join(str(part) for part in OLDEST)
        raise Unavailable(f"needs JAX {oldest} or newer, this is {jax.__version__}")
    return f"JAX {jax.__version__}"


def set_up(options: Options) -> Any:
    """Precision; the device, or Unavailable."""
    import jax

    try:
        device = jax.devices()[0]
    except RuntimeError as error:
        raise Unavailable(f"JAX has no device {options.device}: {error}; {_INSTALL}") from None
    if device.platform not in _PLATFORMS[options.device]:
        raise Unavailable(f"JAX has {device.platform} and no {options.device}; {_INSTALL}")
    # "highest" would say the same as "float32", but 0.4.30 does not know it here.
    jax.config.update(
        "jax_default_matmul_precision",
        "tensorfloat32" if options.precision == "tf32" else "float32",
    )
    # Processors' memory cannot be donated in every version, which is no reason to complain.
    warnings.filterwarnings("ignore", message="Some donated buffers were not usable")
    return device


def describe(options: Options, device: Any, version: str) -> str:
    """For people: version, device, threads or precision."""
    if options.cuda:
        return f"{version}, {device.device_kind}, {options.precision}"
    threads = max(options.threads, options.blas_threads)
    return f"{version}, CPU, {threads} XLA {'thread' if threads == 1 else 'threads'}"


def reports_memory(method: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps a peer's method: the framework's out-of-memory becomes the harness's."""

    @functools.wraps(method)
    def wrapped(*arguments: Any) -> Any:
        try:
            return method(*arguments)
        except RuntimeError as error:  # of which jax.errors.JaxRuntimeError is one
            if "RESOURCE_EXHAUSTED" in str(error):
                raise DeviceOutOfMemory(str(error)) from error
            raise

    return wrapped
