"""Memory: its peak, asked of the system and not of the framework, and how glibc deals with it."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

_STATUS = Path("/proc/self/status")
# From malloc.h
_M_TRIM_THRESHOLD = -1
_M_MMAP_MAX = -4


def peak_resident_bytes() -> int | None:
    """The most memory that this process ever had resident; None where there is no /proc."""
    try:
        peak = re.search(r"^VmHWM:\s*(\d+) kB$", _STATUS.read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(peak.group(1)) * 1024 if peak else None


def keep_freed() -> None:
    """Has malloc keep what is freed for the next time, where it is glibc's.

    By default it gives large blocks back to the system at once, and gets them again, page by page
    and zeroed, a moment later: for frameworks that allocate every activation anew that is up to a
    quarter of a step. Their users cure it with another malloc; this needs none.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_MAX, 0)
        mallopt(_M_TRIM_THRESHOLD, -1)
