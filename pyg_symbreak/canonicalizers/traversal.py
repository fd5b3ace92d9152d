r"""From any order of the nodes to one in which neighbours stand close: a canonical walk through the graph."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers.base import Canonicalizer
from pyg_symbreak.canonicalizers.exact import ExactCanonicalizer
from pyg_symbreak.groups import Permutation
from pyg_symbreak.groups.ragged import GraphLike, node_ptr, segment_arange

STRATEGIES = ("breadth", "depth")


class TraversalCanonicalizer(Canonicalizer):
    r"""Walks through each graph, breadth or depth first, and takes the ranks of another canonicalizer for every choice.

    An exact canonical order is a hash: which positions are neighbours says nothing that carries over to the next graph.
    Walking makes it one that a network can read, since each node but the first of a component follows one of its
    neighbours; the orders of `"GraphRNN" <https://arxiv.org/abs/1802.08773>`_ and of SMILES strings are such walks.

    *Law.* The image of the law of ``base`` under a map that commutes with relabelling: nodes of lower degree first, then
    lower rank, wherever there is a choice. Over the exact canonicalizer it is uniform on :math:`|\mathrm{Aut}(x)|`
    orders, as every automorphism moves every order.

    Args:
        base: The canonicalizer that settles the choices; by default the exact one, without colours.
        strategy: ``"breadth"``: next is an unvisited neighbour of the earliest visited node that has one; ``"depth"``: of
            the latest.

    Raises:
        ValueError: If ``strategy`` is unknown.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> path = Data(edge_index=torch.tensor([[0, 2, 2, 1], [2, 0, 1, 2]]), num_nodes=3)  # 0 – 2 – 1
        >>> rank = TraversalCanonicalizer().rank(path)
        >>> int(rank[2]), sorted(rank.tolist())  # from one end to the other
        (1, [0, 1, 2])
    """

    def __init__(self, base: Canonicalizer | None = None, strategy: str = "breadth") -> None:
        super().__init__()
        if strategy not in STRATEGIES:
            raise ValueError(f"'TraversalCanonicalizer' expected 'strategy' in {STRATEGIES} (got {strategy!r})")
        self.base = ExactCanonicalizer() if base is None else base
        self.strategy = strategy

    def forward(self, data: GraphLike, *, generator: torch.Generator | None = None) -> Permutation:
        rank = self.base.rank(data, generator=generator)
        ptr = node_ptr(data)
        return self._from_rank(walk(rank, ptr, data.edge_index, self.strategy), ptr)

    def entropy(self, data: GraphLike) -> Tensor:
        r"""The entropy of the draw in nats, ``[B]``: at least the logarithm of the number of automorphisms."""
        exact = isinstance(self.base, ExactCanonicalizer)
        return self.base.entropy(data) if exact else super().entropy(data)

    def reset_parameters(self) -> None:
        r"""Reset the base."""
        self.base.reset_parameters()

    def extra_repr(self) -> str:
        return f"strategy={self.strategy!r}"


@torch.no_grad()
def walk(rank: Tensor, ptr: Tensor, edge_index: Tensor | None, strategy: str = "breadth") -> Tensor:
    r"""Return the position of every node in a walk through its graph.

    All graphs of a batch take their steps together, as many as the largest has nodes.

    Args:
        rank: What settles every choice among nodes of equal degree, ``[N]``.
        ptr: The offsets of the graphs, ``[B + 1]``.
        edge_index: Both arcs of every edge, ``[2, E]``.
        strategy: ``"breadth"`` or ``"depth"``.

    Returns:
        Ranks ``[N]``, int64.

    .. code-block:: python

        >>> edges = torch.tensor([[0, 1, 1, 2, 1, 3], [1, 0, 2, 1, 3, 1]])  # a star around node 1
        >>> walk(torch.tensor([2, 0, 1, 3]), torch.tensor([0, 4]), edges)
        tensor([2, 1, 0, 3])
    """
    sizes = ptr.diff()
    num, width, device = sizes.numel(), int(sizes.max()) if sizes.numel() else 0, rank.device
    owner = torch.repeat_interleave(torch.arange(num, device=device), sizes, output_size=rank.numel())
    local = segment_arange(sizes)
    linked = torch.zeros(num, width, width, dtype=torch.bool, device=device)
    if edge_index is not None:
        linked[owner[edge_index[0]], local[edge_index[0]], local[edge_index[1]]] = True
    far = width * (width + 1)
    choice = torch.full((num, width), far, device=device)
    choice[owner, local] = linked.sum(2)[owner, local] * width + rank
    position = torch.full((num, width), width, device=device)
    # The visited neighbour that a node hangs on: its position, from the front or from the back; `width` without one.
    parent = torch.full((num, width), width, device=device)
    row = torch.arange(num, device=device)
    for step in range(width):
        key = (parent * far + choice).masked_fill_(position < width, far * (width + 1))
        node = key.argmin(1)
        position[row, node] = torch.where(step < sizes, step, position[row, node])
        seen = step if strategy == "breadth" else width - 1 - step
        parent = torch.where(linked[row, node], parent.clamp(max=seen), parent)
    return position[owner, local]
