r"""Is there frustration, and if not, the gauge in which all couplings are ferromagnetic."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pyg_symbreak.spins.exact.integer_problem import IntegerProblem
from pyg_symbreak.spins.exact.optional import import_scipy


def find_gauge(problem: IntegerProblem) -> npt.NDArray[np.int64] | None:
    r"""Find signs of the sites that make all couplings positive.

    Reversing the meaning of up and down at a site changes the signs of its couplings and of its field, and no energy:
    :math:`J_{uv} \to t_u J_{uv} t_v`, :math:`h_u \to t_u h_u`. Signs that make every coupling positive exist unless
    the product of the couplings around some cycle is negative, which is called frustration. On the graph with two
    copies of each site, where ferromagnetic pairs join equal copies and antiferromagnetic ones opposite copies, the
    copies of a site are connected just in that case.

    Args:
        problem: The lattice.

    Returns:
        The signs :math:`t`, ``[n]``, or :obj:`None` if there is frustration.

    Raises:
        ImportError: If scipy is missing.

    .. code-block:: python

        >>> import torch
        >>> from pyg_symbreak.spins.exact.integer_problem import integer_problem
        >>> find_gauge(integer_problem(torch.zeros(4), torch.tensor([[1.0, -1.0, 1.0, -1.0]]))).tolist()
        [1, 1, -1, -1]
        >>> find_gauge(integer_problem(torch.zeros(3), -torch.ones(1, 3))) is None
        True
    """
    sparse, csgraph = import_scipy("sparse"), import_scipy("sparse.csgraph")
    n = problem.num_sites
    other = np.where(problem.coupling > 0, 0, n)
    head = np.concatenate([problem.head, problem.head + n])
    tail = np.concatenate([problem.tail + other, problem.tail + n - other])
    graph = sparse.csr_array((np.ones(len(head), dtype=np.int8), (head, tail)), shape=(2 * n, 2 * n))
    part = csgraph.connected_components(graph, directed=False)[1]
    if (part[:n] == part[n:]).any():
        return None
    out: npt.NDArray[np.int64] = np.where(part[:n] < part[n:], 1, -1)
    return out
