"""The CUDA device, described by its driver through ctypes, without any framework.

Frameworks count what they allocate; a driver knows what is gone, context, library handles and
cached blocks included. It is asked of every program in the same way.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_RELEASE = Path("/proc/driver/nvidia/version")
# CUdevice_attribute
_CLOCK_RATE = 13
_MULTIPROCESSORS = 16
_MEMORY_CLOCK_RATE = 36
_CAPABILITY_MAJOR = 75
_CAPABILITY_MINOR = 76


class CudaDriverError(Exception):
    """A call to the driver failed."""


def describe() -> dict[str, object]:
    """Device 0 as `longrun bench` writes it."""
    driver = _driver()
    device = _device(driver)
    name = ctypes.create_string_buffer(256)
    _call(driver, "cuDeviceGetName", name, len(name), device)
    total = ctypes.c_size_t()
    _call(driver, "cuDeviceTotalMem_v2", ctypes.byref(total), device)
    version = ctypes.c_int()
    _call(driver, "cuDriverGetVersion", ctypes.byref(version))
    major = _attribute(driver, device, _CAPABILITY_MAJOR)
    minor = _attribute(driver, device, _CAPABILITY_MINOR)
    return {
        "name": name.value.decode(),
        "emulated": False,
        "compute_capability": f"{major}.{minor}",
        "multiprocessors": _attribute(driver, device, _MULTIPROCESSORS),
        "memory_bytes": total.value,
        "clock_kilohertz": _attribute(driver, device, _CLOCK_RATE),
        "memory_clock_kilohertz": _attribute(driver, device, _MEMORY_CLOCK_RATE),
        "cuda_version": f"{version.value // 1000}.{version.value % 1000 // 10}",
        "driver_release": _release(),
    }


def used_bytes() -> int:
    """Memory of device 0 that is not free, whoever has it."""
    driver = _driver()
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    with _primary_context(driver, _device(driver)):
        _call(driver, "cuMemGetInfo_v2", ctypes.byref(free), ctypes.byref(total))
    return total.value - free.value


@contextmanager
def _primary_context(driver: ctypes.CDLL, device: ctypes.c_int) -> Iterator[None]:
    """The context that frameworks use, too: asking makes no other one."""
    context = ctypes.c_void_p()
    _call(driver, "cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
    try:
        _call(driver, "cuCtxPushCurrent_v2", context)
        try:
            yield
        finally:
            _call(driver, "cuCtxPopCurrent_v2", ctypes.byref(ctypes.c_void_p()))
    finally:
        _call(driver, "cuDevicePrimaryCtxRelease_v2", device)


def _driver() -> ctypes.CDLL:
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError as error:
        raise CudaDriverError(f"there is no CUDA driver: {error}") from None
    _call(driver, "cuInit", 0)
    return driver


def _device(driver: ctypes.CDLL) -> ctypes.c_int:
    device = ctypes.c_int()
    _call(driver, "cuDeviceGet", ctypes.byref(device), 0)
    return device


def _attribute(driver: ctypes.CDLL, device: ctypes.c_int, attribute: int) -> int:
    value = ctypes.c_int()
    _call(driver, "cuDeviceGetAttribute", ctypes.byref(value), attribute, device)
    return value.value


def _call(driver: ctypes.CDLL, name: str, *arguments: object) -> None:
    result = getattr(driver, name)(*arguments)
    if result != 0:
        raise CudaDriverError(f"{name} returned {result}")


def _release() -> str | None:
    """Of the kernel's part of the driver; some containers hide it."""
    try:
        release = re.search(r"\b\d{3}\.\d+(\.\d+)?\b", _RELEASE.read_text())
    except OSError:
        return None
    return release.group() if release else None
