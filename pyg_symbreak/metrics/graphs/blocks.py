r"""The blocks of a graph: a partition of its nodes with a small description length under a stochastic block model."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pyg_symbreak.metrics.graphs.sample import Adjacency

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_ROUNDS = 20
_MARGIN = 1e-9


def find_blocks(adjacency: Adjacency, max_blocks: int = 8) -> Ints:
    r"""Part the nodes into blocks such that the description length of the graph is small.

    The length is that of the microcanonical stochastic block model of simple graphs with a uniform prior for the sizes
    and the edge counts (Peixoto, "Nonparametric Bayesian inference of the microcanonical stochastic block model", Phys.
    Rev. E 2017): :func:`description_length`. The number of blocks follows from it. The search starts from spectral
    partitions into 1, …, ``max_blocks`` blocks, and then moves single nodes, merges two blocks and splits one as long
    as that shortens the description: a local optimum, found without random draws.

    Args:
        adjacency: Symmetric boolean matrix with an empty diagonal, ``[n, n]``.
        max_blocks: The largest number of blocks to start from; splits may go beyond.

    Returns:
        The number of every node's block, 0, 1, …, in order of first appearance, ``[n]``.

    .. code-block:: python

        >>> two_cliques = np.kron(np.eye(2), np.ones((8, 8))) - np.eye(16) > 0
        >>> find_blocks(two_cliques)
        array([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1])
    """
    n = len(adjacency)
    a = adjacency.astype(np.float64)
    starts = [np.zeros(n, dtype=np.int64)]
    starts += [_reassign(a, labels) for labels in _spectral(a, min(max_blocks, n // 2))]
    best = min(starts, key=lambda labels: _length(a, labels))
    for _ in range(_ROUNDS):
        before = _length(a, best)
        best = _split(a, _merge(a, _move(a, best)))
        if _length(a, best) > before - _MARGIN:
            break
    return _tidy(best)


def description_length(adjacency: Adjacency, labels: Ints) -> float:
    r"""Return the nats that tell a graph through a partition into :math:`B` blocks.

    With :math:`n_r` nodes and :math:`e_{rs}` edges, :math:`N_{rs}` pairs of nodes and :math:`E` edges in all,

    .. math::
        \sum_{r \le s} \ln \binom{N_{rs}}{e_{rs}} + \ln \binom{B (B + 1) / 2 + E - 1}{E} + \ln \binom{n - 1}{B - 1}
        + \ln \frac{n!}{\prod_r n_r!} + \ln n .

    Args:
        adjacency: Symmetric boolean matrix with an empty diagonal, ``[n, n]``.
        labels: The block of every node, ``[n]``.

    .. code-block:: python

        >>> round(description_length(np.array([[False, True], [True, False]]), np.array([0, 0])), 4)
        0.6931
    """
    return _length(adjacency.astype(np.float64), labels)


def block_counts(adjacency: Adjacency, labels: Ints) -> tuple[Ints, Ints]:
    r"""Return the sizes of the blocks ``[B]`` and the edges inside (diagonal) and between them ``[B, B]``.

    .. code-block:: python

        >>> block_counts(np.array([[False, True], [True, False]]), np.array([0, 1]))
        (array([1, 1]), array([[0, 1],
               [1, 0]]))
    """
    sizes, edges = _counts(adjacency.astype(np.float64), labels)
    return sizes.astype(np.int64), edges.astype(np.int64)


def _counts(a: Floats, labels: Ints) -> tuple[Floats, Floats]:
    member = np.eye(int(labels.max(initial=-1)) + 1)[labels]
    edges = member.T @ a @ member
    edges[np.diag_indices_from(edges)] /= 2
    return member.sum(axis=0), edges


def _length(a: Floats, labels: Ints) -> float:
    sizes, edges = _counts(a, labels)
    return float(_score(sizes[None], edges[None])[0])


def _score(sizes: Floats, edges: Floats) -> Floats:
    """The description lengths of partitions of one graph, ``[P]``, from ``[P, B]`` and ``[P, B, B]``; blocks may be
    empty."""
    n = int(sizes[0].sum())
    if n == 0:
        return np.zeros(len(sizes))
    log_factorial = _log_factorial(max(n * (n - 1) // 2, 3 * n))
    pairs = sizes[:, :, None] * sizes[:, None, :]
    diagonal = np.arange(sizes.shape[1])
    pairs[:, diagonal, diagonal] = sizes * (sizes - 1) / 2
    upper = np.triu_indices(sizes.shape[1])
    total, chosen = pairs[:, upper[0], upper[1]].astype(np.int64), edges[:, upper[0], upper[1]].astype(np.int64)
    out = (log_factorial[total] - log_factorial[chosen] - log_factorial[total - chosen]).sum(axis=1)
    out += log_factorial[n] - log_factorial[sizes.astype(np.int64)].sum(axis=1) + math.log(n)
    num_edges = int(chosen[0].sum())
    table = [0.0] + [_log_binomial(b * (b + 1) // 2 + num_edges - 1, num_edges) + _log_binomial(n - 1, b - 1)
                     for b in range(1, sizes.shape[1] + 1)]  # fmt: skip
    return np.asarray(out + np.array(table)[(sizes > 0).sum(axis=1)])


def _move(a: Floats, labels: Ints) -> Ints:
    """Give every node in turn the block that shortens the description most."""
    labels = labels.copy()
    width = int(labels.max()) + 1 if labels.size else 0
    if width < 2:
        return labels
    sizes, edges = _counts(a, labels)
    toward = a @ np.eye(width)[labels]
    blocks = np.arange(width)
    for _ in range(_ROUNDS):
        moved = False
        for node in range(labels.size):
            here, row = labels[node], toward[node]
            new_sizes = sizes + np.eye(width) - np.eye(width)[here]
            step = np.zeros((width, width, width))
            step[blocks, blocks, :] += row
            step[:, here, :] -= row
            step = step + step.transpose(0, 2, 1)
            step[:, blocks, blocks] /= 2
            scores = _score(new_sizes, edges + step)
            there = int(scores.argmin())
            if scores[there] < scores[here] - _MARGIN:
                sizes, edges, labels[node], moved = new_sizes[there], edges + step[there], there, True
                toward[:, here] -= a[node]
                toward[:, there] += a[node]
        if not moved:
            break
    return _tidy(labels)


def _merge(a: Floats, labels: Ints) -> Ints:
    """Merge two blocks as long as that shortens the description."""
    while (width := int(labels.max(initial=-1)) + 1) > 1:
        options = [np.where(labels == s, r, labels) for r in range(width) for s in range(r + 1, width)]
        best = min(options, key=lambda option: _length(a, option))
        if _length(a, best) > _length(a, labels) - _MARGIN:
            break
        labels = _tidy(best)
    return labels


def _split(a: Floats, labels: Ints) -> Ints:
    """Split every block in two where that shortens the description."""
    for block in range(int(labels.max(initial=-1)) + 1):
        inside = np.flatnonzero(labels == block)
        for halves in _spectral(a[np.ix_(inside, inside)], min(2, inside.size // 2)):
            option = labels.copy()
            option[inside[halves == 1]] = labels.max() + 1
            option = _reassign(a, option)
            if _length(a, option) < _length(a, labels) - _MARGIN:
                labels = option
                break
    return labels


def _reassign(a: Floats, labels: Ints) -> Ints:
    """Give all nodes at once the block of the largest likelihood, a few times."""
    best, least = labels, _length(a, labels)
    for _ in range(_ROUNDS):
        sizes, edges = _counts(a, labels)
        pairs = np.outer(sizes, sizes)
        pairs[np.diag_indices_from(pairs)] = sizes * (sizes - 1) / 2
        share = (edges + 0.5) / (pairs + 1)
        member = np.eye(sizes.size)[labels]
        labels = _tidy((a @ member @ np.log(share / (1 - share)).T + sizes @ np.log1p(-share).T).argmax(axis=1))
        length = _length(a, labels)
        if length > least - _MARGIN:
            break
        best, least = labels, length
    return best


def _spectral(a: Floats, max_blocks: int) -> list[Ints]:
    """Spectral partitions into 2, …, ``max_blocks`` blocks, by leading eigenvectors of the smoothed adjacency."""
    if max_blocks < 2:
        return []
    degree = a.sum(axis=1)
    scale = 1 / np.sqrt(degree + max(degree.mean(), 1.0))
    vectors = np.linalg.eigh(scale[:, None] * a * scale)[1][:, ::-1]
    return [_nearest(vectors[:, :blocks], blocks) for blocks in range(2, max_blocks + 1)]


def _nearest(points: Floats, blocks: int) -> Ints:
    """Lloyd's k-means from centres far apart."""
    points = points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-12)
    centres = points[[int(np.abs(points).sum(axis=1).argmax())]]
    for _ in range(blocks - 1):
        far = ((points[:, None] - centres) ** 2).sum(axis=2).min(axis=1).argmax()
        centres = np.vstack([centres, points[far]])
    labels = np.zeros(len(points), dtype=np.int64)
    for _ in range(_ROUNDS):
        labels = ((points[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
        member = np.eye(blocks)[labels]
        sizes = member.sum(axis=0)[:, None]
        centres = np.where(sizes > 0, member.T @ points / np.maximum(sizes, 1), centres)
    return _tidy(labels)


def _tidy(labels: Ints) -> Ints:
    """Number the blocks without gaps, in order of first appearance."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(first.size, dtype=np.int64)
    rank[np.argsort(first)] = np.arange(first.size)
    return rank[inverse]


def _log_binomial(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


@lru_cache(maxsize=8)
def _log_factorial(up_to: int) -> Floats:
    return np.concatenate([[0.0], np.log(np.arange(1, up_to + 1)).cumsum()])
