"""A strict reader of safetensors files, for the two element types that experiments have.

The format: eight bytes with the length of a JSON header, the header, and the tensors' bytes, little
endian, without gaps. A file that keeps to it but for one byte is not read: a peer that trains on
something else than the others compares nothing.
"""

from __future__ import annotations

import array
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# As large as the format's own library allows.
_LARGEST_HEADER = 100_000_000
_LENGTH_BYTES = 8
_ARRAY_CODES = {"F32": "f", "I32": "i"}


class SafetensorsError(Exception):
    """A file that is not what it should be; the message names the file and the place in it."""


@dataclass(frozen=True)
class Tensor:
    """A tensor as it lies in the file.

    ``dtype`` is "F32" or "I32"; ``data`` holds the elements row by row, four bytes each, little
    endian.
    """

    dtype: str
    shape: tuple[int, ...]
    data: memoryview

    def elements(self) -> array.array:
        """All elements in a row, for those who have no framework at hand."""
        values = array.array(_ARRAY_CODES[self.dtype])
        values.frombytes(self.data)
        if sys.byteorder == "big":
            values.byteswap()
        return values


def read(path: Path) -> dict[str, Tensor]:
    """Reads every tensor of a file.

    Raises SafetensorsError if the file breaks the format or holds other types than F32 and I32, and
    OSError if it cannot be read.
    """
    content = path.read_bytes()
    if len(content) < _LENGTH_BYTES:
        raise SafetensorsError(f"{path}: {len(content)} bytes are too few for a safetensors file")
    length = int.from_bytes(content[:_LENGTH_BYTES], "little")
    if length > min(_LARGEST_HEADER, len(content) - _LENGTH_BYTES):
        raise SafetensorsError(
            f"{path}: the header is said to have {length} bytes, the file has {len(content)}"
        )
    body = memoryview(content)[_LENGTH_BYTES + length :]
    header = _header(path, content[_LENGTH_BYTES : _LENGTH_BYTES + length])
    entries = {
        name: _entry(path, name, entry) for name, entry in header.items() if name != "__metadata__"
    }
    _require_cover(path, entries, len(body))
    return {
        name: Tensor(dtype, shape, body[begin:end])
        for name, (dtype, shape, begin, end) in entries.items()
    }


def _header(path: Path, content: bytes) -> dict[str, Any]:
    def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        for key in keys:
            if keys.count(key) > 1:
                raise SafetensorsError(f"{path}: the header has {key!r} twice")
        return dict(pairs)

    try:
        header = json.loads(content.decode("utf-8"), object_pairs_hook=without_duplicates)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise SafetensorsError(f"{path}: the header is no JSON: {error}") from None
    if not isinstance(header, dict):
        raise SafetensorsError(f"{path}: the header is no JSON object")
    return header


def _entry(path: Path, name: str, entry: Any) -> tuple[str, tuple[int, ...], int, int]:
    """Type, shape and place of one tensor, from its entry in the header."""
    if not isinstance(entry, dict):
        raise SafetensorsError(f"{path}: {name}: its entry is no JSON object")
    dtype = entry.get("dtype")
    if dtype not in _ARRAY_CODES:
        raise SafetensorsError(f"{path}: {name}: dtype={dtype!r}, expected F32 or I32")
    shape = entry.get("shape")
    if not _are_naturals(shape):
        raise SafetensorsError(f"{path}: {name}: shape={shape!r}, expected natural numbers")
    offsets = entry.get("data_offsets")
    if not _are_naturals(offsets) or len(offsets) != 2:
        raise SafetensorsError(f"{path}: {name}: data_offsets={offsets!r}, expected two numbers")
    begin, end = offsets
    if end - begin != 4 * math.prod(shape):
        raise SafetensorsError(
            f"{path}: {name}: {end - begin} bytes for shape {shape} of four-byte elements"
        )
    return dtype, tuple(shape), begin, end


def _are_naturals(values: Any) -> bool:
    return isinstance(values, list) and all(type(v) is int and v >= 0 for v in values)


def _require_cover(
    path: Path, entries: dict[str, tuple[str, tuple[int, ...], int, int]], size: int
) -> None:
    """Every byte belongs to exactly one tensor, as the format demands."""
    reached = 0
    for name, (_, _, begin, end) in sorted(entries.items(), key=lambda item: item[1][2:]):
        if begin != reached:
            raise SafetensorsError(
                f"{path}: {name} begins at byte {begin}, where the one before ends at {reached}"
            )
        reached = end
    if reached != size:
        raise SafetensorsError(f"{path}: tensors take {reached} bytes, the file has {size} of them")
