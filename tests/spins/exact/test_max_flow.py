import dataclasses

import networkx as nx
import numpy as np
import pytest

from pyg_symbreak.spins.exact.max_flow import max_flow


def network(seed, n, m, top):
    rng = np.random.default_rng(seed)
    pairs = rng.permutation(np.stack(np.triu_indices(n, 1), axis=1))[:m]
    return pairs[:, 0], pairs[:, 1], rng.integers(0, top, m), rng.integers(-top, top, n)


def reference(head, tail, capacity, supply):
    graph = nx.DiGraph()
    graph.add_nodes_from(["s", "t"])
    for a, b, c in zip(head.tolist(), tail.tolist(), capacity.tolist()):
        graph.add_edge(a, b, capacity=c)
        graph.add_edge(b, a, capacity=c)
    for u, h in enumerate(supply.tolist()):
        graph.add_edge(*(("s", u) if h > 0 else (u, "t")), capacity=abs(h))
    return nx.maximum_flow_value(graph, "s", "t")


@pytest.mark.parametrize("top", [3, 100, 2**33, 2**52])
def test_value_is_that_of_the_reference(top):
    for seed in range(6):
        parts = network(seed, 12, 30, top)
        flow = max_flow(*parts)
        flow.check()
        assert flow.value == reference(*parts)


def test_no_pairs_or_no_supply():
    none = np.zeros(0, dtype=np.int64)
    assert max_flow(none, none, none, np.array([5, -3])).value == 0
    assert max_flow(np.array([0]), np.array([1]), np.array([4]), np.array([0, 0])).value == 0


def test_wrong_flows_are_refused():
    flow = max_flow(*network(0, 12, 30, 50))
    outer, pair = flow.outer.copy(), flow.pair.copy()
    outer[np.flatnonzero(flow.supply > 0)[0]] += 1
    pair[0] += 1
    both = flow.capacity.copy()
    both[np.flatnonzero(flow.pair)[0]] = 0
    flipped = dataclasses.replace(
        flow, pair=-flow.pair, outer=-flow.outer
    )  # within capacities, but from sink to source
    wrong = [dataclasses.replace(flow, outer=outer), dataclasses.replace(flow, pair=pair)]
    for bad in [*wrong, dataclasses.replace(flow, capacity=both), flipped]:
        with pytest.raises(ArithmeticError, match="within the capacities"):
            bad.check()


def test_residual_of_a_full_pair():
    flow = max_flow(np.array([0]), np.array([1]), np.array([2]), np.array([3, -5]))
    arcs = {(a, b): c for a, b, c in zip(*(part.tolist() for part in flow.residual()))}
    assert arcs == {(1, 0): 4, (2, 0): 1, (0, 2): 2, (1, 3): 3, (3, 1): 2}


def test_too_large_networks_are_refused():
    class Long(np.ndarray):
        def __len__(self):
            return 2**30

    few = np.array([1])
    with pytest.raises(ValueError, match="at most"):
        max_flow(few, few, few.view(Long), few)
