"""Peak memory, asked of the system and not of the framework: then it is the same for every program."""

from __future__ import annotations

import re
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_resident_bytes() -> int | None:
    """The most memory that this process ever had resident; None where there is no /proc."""
    try:
        peak = re.search(r"^VmHWM:\s*(\d+) kB$", _STATUS.read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(peak.group(1)) * 1024 if peak else None
