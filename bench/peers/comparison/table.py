"""The record for people."""

from __future__ import annotations

from typing import Any

from comparison.contenders import LONGRUN


def lines(record: dict[str, Any]) -> list[str]:
    """A block of lines for each configuration and precision, and why programs are missing."""
    result = []
    keys = dict.fromkeys((row["configuration"], row["precision"]) for row in record["rows"])
    for configuration, precision in keys:
        rows = [
            row
            for row in record["rows"]
            if (row["configuration"], row["precision"]) == (configuration, precision)
        ]
        counts = [row["runs"] for row in rows if row["engine"] == LONGRUN]
        headings = (
            *("", "runs", "threads", "ms per step", "run-steps/s", "memory"),
            *(f"longrun, {count} {'run' if count == 1 else 'runs'}" for count in counts),
        )
        cells = [headings, *(_cells(row, counts) for row in rows)]
        result += [f"{configuration}, {precision}", *_aligned(cells), ""]
    result += [f"{m['engine']}: not here: {m['why']}" for m in record["not_available"]]
    result.append("ms per step: all runs together; median of the rounds' medians (least–greatest of them)")
    if any(_is_unsettled(row) for row in record["rows"]):
        result.append("*: times had not become steady when the warm-up was over, in one round or more")
    result.append("threads: of the framework + of its BLAS; longrun: how many times the run-steps/s, by round")
    return result


def _cells(row: dict[str, Any], counts: list[int]) -> tuple[str, ...]:
    """The cells of a row; four of them, the last a sentence, if there is no measurement."""
    name, runs = row["engine"], str(row["runs"])
    threads = "–" if row["threads"] is None else str(row["threads"])
    if row["blas_threads"] is not None:
        threads += f" + {row['blas_threads']}"
    if row["failure"]:
        return (name, runs, threads, f"failed: {row['failure']}")
    if not row["nanos_per_step"]:
        return (name, runs, threads, row["outcome"].replace("_", " "))
    millis = {key: value / 1e6 for key, value in row["nanos_per_step"].items()}
    memory = row["device_used_bytes"] or row["peak_resident_bytes"]
    ratios = {ratio["than_runs"]: ratio for ratio in row["times_slower"]}
    return (
        name,
        runs,
        threads,
        f"{_short(millis['median'])} ({_short(millis['least'])}–{_short(millis['greatest'])})"
        + (" *" if _is_unsettled(row) else ""),
        _short(row["run_steps_per_second"]["median"]),
        "–" if memory is None else f"{memory / 1e6:,.0f} MB",
        *(_ratio(ratios[count]) if count in ratios else "–" for count in counts),
    )


def _is_unsettled(row: dict[str, Any]) -> bool:
    return bool(row.get("nanos_per_step")) and not row["settled"]


def _ratio(ratio: dict[str, Any]) -> str:
    return f"{ratio['median']:.2f}× ({ratio['least']:.2f}–{ratio['greatest']:.2f})"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """The first column to the left, numbers to the right; a sentence at the end of a short row stays as it is."""
    width = len(rows[0])
    widths = [
        max(len(row[i]) for row in rows if i < len(row) - (len(row) < width)) for i in range(width)
    ]
    return ["  " + "  ".join(_aligned_cell(row, i, width, widths[i]) for i in range(len(row))) for row in rows]


def _aligned_cell(row: tuple[str, ...], i: int, columns: int, width: int) -> str:
    if len(row) < columns and i == len(row) - 1:
        return row[i]
    return row[i].ljust(width) if i == 0 else row[i].rjust(width)
