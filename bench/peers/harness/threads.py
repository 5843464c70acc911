"""How many threads a framework may use, told before it is imported.

Libraries read these variables once, when they are loaded: whoever imports first and sets afterwards
changes nothing, and gets no error either. OpenMP and BLAS are set apart: where the BLAS has threads of its own
(OpenBLAS with pthreads), two pools that wait for each other can be slower than one.
"""

from __future__ import annotations

from harness.options import Options

# Which of them a framework's BLAS reads depends on how it was built; the others do no harm.
_BLAS = (
    "OPENBLAS_NUM_THREADS",
    "GOTO_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def environment(options: Options) -> dict[str, str]:
    """Variables that set the numbers of threads."""
    return {
        "OMP_NUM_THREADS": str(options.threads),
        **{variable: str(options.blas_threads) for variable in _BLAS},
    }


def text(options: Options) -> str:
    """For people, where the BLAS has threads of its own: "2 OpenMP threads, 1 BLAS thread"."""
    return f"{count(options.threads, 'OpenMP')}, {count(options.blas_threads, 'BLAS')}"


def count(number: int, what: str) -> str:
    return f"{number} {what} {'thread' if number == 1 else 'threads'}"
