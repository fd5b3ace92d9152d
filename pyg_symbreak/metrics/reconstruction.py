r"""How well a graph is rebuilt: loss, share of wrong pairs, F1, share of graphs without any mistake.

A graph without self-loops is told by the class of every unordered pair of its nodes: 0 for no edge, and 1, 2, … for
the types of edges (only 1 where edges have no type). All scores below count a pair :math:`\{i, j\}` twice, as the two
ordered pairs :math:`(i, j)` and :math:`(j, i)`; the diagonal is left out. This is the convention of the
graph-autoencoder experiment of Satorras et al. (arXiv 2102.09844): its loss runs over all :math:`n^2` entries of the
adjacency matrix, but prediction and target are both zero on the diagonal, which therefore adds nothing.

==================  =======================================================  ==================================
score               numerator                                                denominator
==================  =======================================================  ==================================
bce                 cross-entropy (nats), summed over ordered pairs          graphs
error_percent       100 · ordered pairs with a wrong class                   ordered pairs
f1                  ordered pairs with an edge, predicted with its class     the same + half of (wrongly predicted
                                                                             edges + edges missed)
exact               graphs with all pairs and all node types right           graphs
node_error_percent  100 · nodes with a wrong type                            nodes; only if node types are given
==================  =======================================================  ==================================
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F
from torch_geometric.data import Batch, Data
from torch_geometric.utils import scatter

from pyg_symbreak.groups.ragged import node_batch, node_ptr

_FIELDS = ("graphs", "loss", "pairs", "wrong", "hits", "false", "missed", "exact", "nodes", "wrong_nodes")


def pair_targets(data: Data | Batch, edge_attr: str | None = None) -> Tensor:
    r"""Return the class of every unordered pair of nodes inside each graph, in the order of ``node_pairs(ptr)``.

    Args:
        data: A graph or a batch of undirected graphs: both arcs of every edge in ``edge_index``, no self-loops.
        edge_attr: Name of an integer attribute ``[E]`` with the types of the edges, 1 or more; without it every edge
            has class 1.

    Returns:
        Classes of shape ``[P]``, int64; 0 means that there is no edge.

    Raises:
        ValueError: If an edge stands in ``edge_index`` in one direction only, with two types or repeatedly, there is a
            self-loop or a type below 1, or the attribute is missing.

    .. code-block:: python

        >>> path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> pair_targets(path)  # pairs 01, 02, 12
        tensor([1, 0, 1])
    """
    ptr = node_ptr(data)
    sizes = ptr.diff()
    pairs = sizes * (sizes - 1) // 2
    edge_index = data.edge_index
    if edge_index is None:
        return ptr.new_zeros(int(pairs.sum()))
    classes = torch.ones_like(edge_index[0])
    if edge_attr is not None:
        if data.get(edge_attr) is None:
            raise ValueError(f"'pair_targets' expected 'data' to have the edge attribute {edge_attr!r} (got none)")
        classes = data[edge_attr].reshape(-1).long()
        if classes.numel() != edge_index.size(1) or bool((classes < 1).any()):
            raise ValueError(
                f"'pair_targets' expected {edge_index.size(1)} edge types of at least 1 in {edge_attr!r}"
                f" (got {classes.numel()} with minimum {int(classes.min()) if classes.numel() else None})"
            )
    if bool((edge_index[0] == edge_index[1]).any()):
        raise ValueError("'pair_targets' expected graphs without self-loops (got one)")
    graph = node_batch(ptr)[edge_index[0]]
    start = pairs.cumsum(0) - pairs
    local = edge_index - ptr[graph]
    low, high = local.min(dim=0).values, local.max(dim=0).values
    slot = start[graph] + low * sizes[graph] - low * (low + 1) // 2 + high - low - 1
    upper = edge_index[0] < edge_index[1]
    out = ptr.new_zeros((2, int(pairs.sum())))
    out[0, slot[upper]] = classes[upper]
    out[1, slot[~upper]] = classes[~upper]
    if not torch.equal(out[0], out[1]):
        raise ValueError("'pair_targets' expected both arcs of every edge, with one type (got a directed graph)")
    if 2 * int(out[0].count_nonzero()) != edge_index.size(1):
        raise ValueError("'pair_targets' expected every edge once (got a repeated edge)")
    return out[0]


def reconstruction_counts(
    pair_index: Tensor,
    logits: Tensor,
    targets: Tensor,
    ptr: Tensor,
    node_logits: Tensor | None = None,
    node_types: Tensor | None = None,
) -> Tensor:
    r"""Count everything that the scores of a batch are made of; counts of several batches may be added.

    Args:
        pair_index: Unordered pairs of nodes, each once, ``[2, P]``, grouped by graph or not.
        logits: ``[P]``, logit of an edge, or ``[P, K]``, logits of the classes.
        targets: Class of every pair, ``[P]``; :func:`pair_targets` makes them.
        ptr: Offsets of the graphs, ``[B + 1]``.
        node_logits: Logits of the node types, ``[N, C]``, if they are rebuilt too.
        node_types: The true node types, ``[N]``.

    Returns:
        Ten float64 counts, over ordered pairs: graphs, loss, pairs, wrong, hits, false, missed, exact, nodes and
        wrong nodes. They read as in the table at the head of this module.

    Raises:
        ValueError: If shapes disagree, a logit is NaN, or only one of the two node arguments is given.

    .. code-block:: python

        >>> pair_index = torch.tensor([[0, 0, 1], [1, 2, 2]])
        >>> counts = reconstruction_counts(
        ...     pair_index, torch.tensor([9.0, 9.0, 9.0]), torch.tensor([1, 0, 1]), torch.tensor([0, 3])
        ... )
        >>> {name: round(value, 3) for name, value in reconstruction_scores(counts).items()}
        {'bce': 18.001, 'error_percent': 33.333, 'f1': 0.8, 'exact': 0.0}
    """
    _check_pairs(pair_index, logits, targets)
    _check_nodes(ptr, node_logits, node_types)
    targets = targets.long()
    if logits.dim() == 1:
        loss = F.binary_cross_entropy_with_logits(logits.double(), targets.double(), reduction="sum")
        predicted = (logits > 0).long()  # a probability of exactly one half is no edge, as in the reference
    else:
        loss = F.cross_entropy(logits.double(), targets, reduction="sum")
        predicted = logits.argmax(dim=1)
    num_graphs = ptr.numel() - 1
    batch = node_batch(ptr)
    wrong = predicted != targets
    mistakes = scatter(wrong.long(), batch[pair_index[0]], dim_size=num_graphs, reduce="sum")
    nodes, wrong_nodes = 0, torch.zeros((), device=ptr.device)
    if node_logits is not None and node_types is not None:
        missed = node_logits.argmax(dim=1) != node_types
        mistakes = mistakes + scatter(missed.long(), batch, dim_size=num_graphs, reduce="sum")
        nodes, wrong_nodes = missed.numel(), missed.sum()
    edge, found = targets > 0, predicted > 0
    values = (
        torch.tensor(num_graphs),
        2 * loss,
        torch.tensor(2 * targets.numel()),
        2 * wrong.sum(),
        2 * (edge & ~wrong).sum(),
        2 * (found & wrong).sum(),
        2 * (edge & wrong).sum(),
        (mistakes == 0).sum(),
        torch.tensor(nodes),
        wrong_nodes,
    )
    return torch.stack([value.detach().to(ptr.device, torch.float64) for value in values])


def reconstruction_scores(counts: Tensor) -> dict[str, float]:
    r"""Turn counts into scores, as in the table at the head of this module.

    Where a denominator is zero nothing could be wrong: the error is 0 and F1 is 1.

    Args:
        counts: Ten counts of :func:`reconstruction_counts`.

    Returns:
        ``bce``, ``error_percent``, ``f1``, ``exact`` and, where node types were counted, ``node_error_percent``.

    Raises:
        ValueError: If no graph was counted.

    .. code-block:: python

        >>> reconstruction_scores(torch.tensor([2.0, 3.0, 40.0, 4.0, 8.0, 2.0, 2.0, 1.0, 0.0, 0.0]))
        {'bce': 1.5, 'error_percent': 10.0, 'f1': 0.8, 'exact': 0.5}
    """
    count = dict(zip(_FIELDS, counts.tolist(), strict=True))
    if count["graphs"] == 0:
        raise ValueError("'reconstruction_scores' expected at least one graph (got 0)")
    mixed = count["hits"] + 0.5 * (count["false"] + count["missed"])
    scores = {
        "bce": count["loss"] / count["graphs"],
        "error_percent": 100.0 * count["wrong"] / count["pairs"] if count["pairs"] else 0.0,
        "f1": count["hits"] / mixed if mixed else 1.0,
        "exact": count["exact"] / count["graphs"],
    }
    if count["nodes"]:
        scores["node_error_percent"] = 100.0 * count["wrong_nodes"] / count["nodes"]
    return scores


class ReconstructionMetrics:
    r"""Accumulates reconstruction scores over batches.

    The whole state is the tensor :attr:`counts` (see :func:`reconstruction_counts`): add it to that of another process,
    or ``torch.distributed.all_reduce`` it, to score several processes at once.

    .. code-block:: python

        >>> metrics = ReconstructionMetrics()
        >>> metrics.update(torch.tensor([[0], [1]]), torch.tensor([50.0]), torch.tensor([1]), torch.tensor([0, 2]))
        >>> metrics.update(torch.tensor([[0], [1]]), torch.tensor([50.0]), torch.tensor([0]), torch.tensor([0, 2]))
        >>> metrics.compute()
        {'bce': 50.0, 'error_percent': 50.0, 'f1': 0.6666666666666666, 'exact': 0.5}
    """

    def __init__(self) -> None:
        self.counts = torch.zeros(len(_FIELDS), dtype=torch.float64)

    def update(
        self,
        pair_index: Tensor,
        logits: Tensor,
        targets: Tensor,
        ptr: Tensor,
        node_logits: Tensor | None = None,
        node_types: Tensor | None = None,
    ) -> None:
        r"""Add a batch; the arguments, and the errors, are those of :func:`reconstruction_counts`."""
        counts = reconstruction_counts(pair_index, logits, targets, ptr, node_logits, node_types)
        self.counts = self.counts.to(counts.device) + counts

    def compute(self) -> dict[str, float]:
        r"""Return the scores of all batches added since the last reset, as :func:`reconstruction_scores`."""
        return reconstruction_scores(self.counts)

    def reset(self) -> None:
        r"""Forget all batches."""
        self.counts = torch.zeros_like(self.counts)


def _check_pairs(pair_index: Tensor, logits: Tensor, targets: Tensor) -> None:
    num_pairs = pair_index.size(1) if pair_index.dim() == 2 and pair_index.size(0) == 2 else -1
    if num_pairs < 0:
        raise ValueError(
            f"'reconstruction_counts' expected 'pair_index' of shape [2, P] (got {list(pair_index.shape)})"
        )
    if logits.dim() not in (1, 2) or logits.size(0) != num_pairs:
        raise ValueError(
            f"'reconstruction_counts' expected 'logits' of shape [{num_pairs}] or [{num_pairs}, K]"
            f" (got {list(logits.shape)})"
        )
    if list(targets.shape) != [num_pairs]:
        raise ValueError(
            f"'reconstruction_counts' expected 'targets' of shape [{num_pairs}] (got {list(targets.shape)})"
        )
    classes = 2 if logits.dim() == 1 else logits.size(1)
    if num_pairs and not 0 <= int(targets.min()) <= int(targets.max()) < classes:
        raise ValueError(
            f"'reconstruction_counts' expected 'targets' in 0 … {classes - 1}"
            f" (got {int(targets.min())} … {int(targets.max())})"
        )
    if bool(logits.isnan().any()):
        raise ValueError("'reconstruction_counts' expected 'logits' without NaN (got at least one)")


def _check_nodes(ptr: Tensor, node_logits: Tensor | None, node_types: Tensor | None) -> None:
    if (node_logits is None) != (node_types is None):
        raise ValueError("'reconstruction_counts' expected both 'node_logits' and 'node_types' or neither (got one)")
    if node_logits is None or node_types is None:
        return
    num_nodes = int(ptr[-1])
    if node_logits.dim() != 2 or node_logits.size(0) != num_nodes or list(node_types.shape) != [num_nodes]:
        raise ValueError(
            f"'reconstruction_counts' expected 'node_logits' of shape [{num_nodes}, C] and 'node_types' of shape"
            f" [{num_nodes}] (got {list(node_logits.shape)} and {list(node_types.shape)})"
        )
    if bool(node_logits.isnan().any()):
        raise ValueError("'reconstruction_counts' expected 'node_logits' without NaN (got at least one)")
