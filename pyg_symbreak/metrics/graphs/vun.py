r"""Validity, uniqueness and novelty of graphs, up to isomorphism."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from torch_geometric.data import Batch, Data

from pyg_symbreak.labeling import canonical_hash
from pyg_symbreak.metrics.graphs.sample import Graphs, graph_list
from pyg_symbreak.metrics.molecules.sets import unique_novel
from pyg_symbreak.metrics.ratio import Ratio

_CHUNK = 512


def graph_keys(graphs: Graphs, node_attrs: Sequence[str] = (), edge_attrs: Sequence[str] = ()) -> list[str]:
    r"""Return the canonical hash of every graph: equal exactly for isomorphic graphs.

    Args:
        graphs: A sample of undirected graphs, a ``Batch`` or a list of ``Data``.
        node_attrs: Names of the node attributes that must agree.
        edge_attrs: Names of the edge attributes that must agree.

    Raises:
        TypeError: As in :func:`~pyg_symbreak.metrics.graphs.sample.graph_list`.
        ValueError: As in :func:`~pyg_symbreak.metrics.graphs.sample.graph_list`.
        SearchBudgetExceeded: If a graph resists canonical labelling.

    .. code-block:: python

        >>> import torch
        >>> paths = [[[0, 1, 1, 2], [1, 0, 2, 1]], [[0, 1, 0, 2], [1, 0, 2, 0]]]
        >>> keys = graph_keys([Data(edge_index=torch.tensor(path), num_nodes=3) for path in paths])
        >>> keys[0] == keys[1]
        True
    """
    alone = graph_list(graphs, node_attrs, edge_attrs)
    keys: list[str] = []
    for start in range(0, len(alone), _CHUNK):
        batch = Batch.from_data_list(alone[start : start + _CHUNK])
        keys.extend(canonical_hash(batch, node_attrs=node_attrs, edge_attrs=edge_attrs))
    return keys


def valid_unique_novel(
    graphs: Graphs,
    is_valid: Callable[[Data], bool] | None = None,
    known: Collection[str] | None = None,
    *,
    node_attrs: Sequence[str] = (),
    edge_attrs: Sequence[str] = (),
) -> dict[str, Ratio]:
    r"""Count valid, unique and novel graphs, up to isomorphism.

    ======================  ==========================================  ========================
    share                   numerator                                   denominator
    ======================  ==========================================  ========================
    ``validity``            valid graphs                                all graphs
    ``uniqueness``          distinct valid graphs                       valid graphs
    ``novelty``             distinct valid graphs not known             distinct valid graphs
    ``vun``                 distinct valid graphs not known             all graphs
    ``sample_uniqueness``   distinct graphs, valid or not               all graphs
    ``sample_novelty``      graphs not known, valid or not              all graphs
    ======================  ==========================================  ========================

    ``vun`` is the product of the first three, and the V.U.N. of SPECTRE (arXiv 2204.01613), DiGress and DeFoG; the
    columns "unique" and "novel" of these papers are the last two. Without known graphs there is ``vu`` in place of
    ``novelty`` and ``vun``, and no ``sample_novelty``.

    Args:
        graphs: The generated graphs, a ``Batch`` or a list of ``Data``, undirected.
        is_valid: Tells whether a graph, with its attributes, is valid; without it all are.
        known: The training graphs, as :func:`graph_keys` names them with the same attributes.
        node_attrs: Names of the node attributes that tell graphs apart.
        edge_attrs: Names of the edge attributes that tell graphs apart.

    Raises:
        TypeError: As in :func:`graph_keys`.
        ValueError: As in :func:`graph_keys`.
        SearchBudgetExceeded: As in :func:`graph_keys`.

    .. code-block:: python

        >>> import torch
        >>> from pyg_symbreak.metrics.graphs.validity import is_tree
        >>> path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> shares = valid_unique_novel([path, path, Data(num_nodes=2)], is_tree, known=set())
        >>> {name: str(share).split(" = ")[0] for name, share in shares.items()}
        {'validity': '2/3', 'uniqueness': '1/2', 'novelty': '1/1', 'vun': '1/3', 'sample_uniqueness': '2/3',
         'sample_novelty': '3/3'}
    """
    alone = graph_list(graphs, node_attrs, edge_attrs)
    keys = graph_keys(alone, node_attrs, edge_attrs)
    verdicts = {key: is_valid is None or is_valid(graph) for key, graph in zip(keys, alone)}
    shares = unique_novel([key if verdicts[key] else None for key in keys], known)
    shares["sample_uniqueness"] = Ratio(len(set(keys)), len(keys))
    if known is not None:
        seen = set(known)
        shares["sample_novelty"] = Ratio(sum(key not in seen for key in keys), len(keys))
    return shares
