"""Point clouds in general position and in all degenerate ones, and motions to test with."""

import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups import Euclidean, Orthogonal, Permutation, Product
from pyg_symbreak.groups.ragged import node_ptr


def cloud(pos, dtype=torch.float64):
    pos = torch.as_tensor(pos, dtype=dtype)
    return Data(pos=pos, vel=torch.zeros_like(pos), num_nodes=len(pos))


def clouds(dim, dtype=torch.float64):
    """Point clouds by name."""
    generator = torch.Generator().manual_seed(3)
    free = torch.randn(6, dim, dtype=torch.float64, generator=generator)
    axis, offset = free[0], free[1]
    flat = free.clone()
    flat[:, -1] = 0
    square = torch.zeros(4, dim)
    square[:, :2] = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    simplex = torch.eye(dim + 1) - 1 / (dim + 1)
    simplex = simplex @ torch.linalg.svd(simplex).Vh[:dim].T  # as many corners as a regular simplex has
    found = {
        "general": free,
        "point": offset.view(1, -1),
        "coincident": offset.repeat(3, 1),
        "collinear": offset + axis * torch.tensor([[-1.0], [0.2], [3.0], [0.5]]),
        "two": torch.stack([axis, -axis]),
        "coplanar": flat,
        "square": square,
        "simplex": simplex,
    }
    return {name: cloud(pos, dtype) for name, pos in found.items()}


def motions(group, dim, *, special=False, dtype=torch.float64, symmetric=False):
    """A sampler of motions; with ``symmetric``, of permutations beside them."""

    def sample(x, generator):
        ptr = node_ptr(x)
        turn = group.random(ptr, dim, special=special, dtype=dtype, generator=generator)
        return Product(Permutation.random(ptr, generator), turn) if symmetric else turn

    return sample


def every(dim, dtype=torch.float64, *, empty=True):
    """All of them as one ragged batch, with an empty graph in the middle (which no translation moves)."""
    found = list(clouds(dim, dtype).values())
    return Batch.from_data_list([*found[:3], *([cloud(torch.empty(0, dim), dtype)] if empty else []), *found[3:]])


def blurred_rows(canonicalizer):
    """The columns of drawn matrices, as rows, with so much isotropic noise that rounding errors do not show."""

    def draw(data):
        g = canonicalizer(data)
        matrix = (g.rotation if isinstance(g, Euclidean) else g).matrix
        return matrix.mT + 0.01 * torch.randn_like(matrix)

    return draw


def turn_rows(h, rows):
    """How a motion moves them."""
    return (h.rotation if isinstance(h, Euclidean) else h).act_dense(rows)


GROUPS = [(group, special) for group in (Orthogonal, Euclidean) for special in (False, True)]
