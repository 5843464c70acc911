"""Starts processes and waits for their end; none is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from typing import IO

from harness.command import DIFFERS

# Compilers that try every matrix product take minutes; what takes longer than this never ends.
LIMIT_SECONDS = 3600.0


class Failed(Exception):
    """A process did not come to a good end; the message is the last that it said."""


def output(arguments: Sequence[str], limit_seconds: float = LIMIT_SECONDS) -> str:
    """What a process wrote to its standard output; Failed if it does not end well, or not at all."""
    try:
        done = run(arguments, limit_seconds, stderr=subprocess.PIPE)
    except subprocess.TimeoutExpired:
        raise Failed(f"it was stopped: it had not ended after {limit_seconds:.0f} s") from None
    except OSError as error:
        raise Failed(f"it cannot be started: {error}") from None
    if done.returncode == 0:
        return done.stdout
    said = [line for line in done.stderr.strip().splitlines() if line.strip()]
    last = said[-1] if said else "it said nothing"
    if done.returncode == DIFFERS:
        raise Failed(f"its loss curve differs: {last}")
    raise Failed(f"it failed (exit code {done.returncode}): {last}")


def run(
    arguments: Sequence[str], limit_seconds: float, stderr: int | IO[str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a process; however this ends, nothing that it started is left.

    Raises OSError if it cannot be started and subprocess.TimeoutExpired if it takes too long.
    """
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=stderr, text=True, start_new_session=True
    ) as process:
        try:
            out, err = process.communicate(timeout=limit_seconds)
        except BaseException:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it has ended in between
            raise
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)
