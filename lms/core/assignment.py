"""The best assignment of rows to columns; the only importer of SciPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def best_assignment(gains: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return (row, column) pairs of the greatest sum, each row and column at most once.

    Args:
        gains: what each row gains at each column, 0 or more; 0 means that the two are never joined, and such
            pairs are left out of the answer. The matrix is overwritten.

    The same matrix gives the same answer. Time grows with the cube of the smaller side in the worst case.
    """
    if gains.size == 0:
        return []
    import numpy as np  # noqa: PLC0415 -- heavy, and needed in jobs only
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 -- heavy, and needed in jobs only

    np.negative(gains, out=gains)  # the solver seeks the least sum; in place, since the matrix may be large
    rows, columns = linear_sum_assignment(gains)
    return [(int(row), int(column)) for row, column in zip(rows, columns, strict=True) if gains[row, column] < 0]
