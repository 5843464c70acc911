"""What the tests share: where things are, experiments to break, frameworks that may be missing."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import shutil
import sys
import tempfile
import unittest
from pathlib import Path
from typing import NoReturn

TESTS = Path(__file__).resolve().parent
PEERS = TESTS.parent
EXPERIMENTS = TESTS / "experiments"

sys.path.insert(0, str(PEERS))


def experiments() -> list[Path]:
    """Those that lie here, and those of the folder that LONGRUN_EXPERIMENTS names."""
    folders = [EXPERIMENTS]
    if os.environ.get("LONGRUN_EXPERIMENTS"):
        folders.append(Path(os.environ["LONGRUN_EXPERIMENTS"]))
    found = [path.parent for folder in folders for path in sorted(folder.glob("*/experiment.json"))]
    assert found, f"no experiment in {folders}"
    return found


def require_module(name: str) -> None:
    """Skips where a framework is missing; LONGRUN_PEERS=required makes that a failure."""
    if importlib.util.find_spec(name) is None:
        if os.environ.get("LONGRUN_PEERS") == "required":
            raise AssertionError(f"this Python has no {name}, and LONGRUN_PEERS=required")
        skip(f"this Python has no {name}")


def skip(why: str) -> NoReturn:
    """Skips a test and says so, which a quiet unittest does not."""
    print(f"skipped: {why}", file=sys.stderr)
    raise unittest.SkipTest(why)


def safetensors(header: object, data: bytes = b"") -> bytes:
    """A file with that header, which may be a string, right or wrong."""
    text = (header if isinstance(header, str) else json.dumps(header)).encode()
    return len(text).to_bytes(8, "little") + text + data


class FolderTest(unittest.TestCase):
    """With an empty folder, gone afterwards."""

    def setUp(self) -> None:
        held = tempfile.TemporaryDirectory()
        self.addCleanup(held.cleanup)
        self.folder = Path(held.name)

    def copy_of(self, name: str) -> Path:
        return Path(shutil.copytree(EXPERIMENTS / name, self.folder / name))

    def change_json(self, experiment: Path, change) -> None:
        """Changes experiment.json by a function of its root."""
        path = experiment / "experiment.json"
        root = json.loads(path.read_text())
        change(root)
        path.write_text(json.dumps(root))


def options(folder: Path = EXPERIMENTS, **changes):
    """A command line that checks one run on the processor, but for the changes."""
    from harness import Options  # found only once PEERS is on the path

    plain = Options(
        experiment=folder,
        runs=1,
        threads=1,
        blas_threads=1,
        device="cpu",
        precision="fp32",
        seconds=1.0,
        json=None,
        check_only=True,
        unchecked=False,
        variants=(),
    )
    return dataclasses.replace(plain, **changes)
