import networkx as nx
import numpy as np
import pytest
import torch
from torch_geometric.utils import from_networkx, get_laplacian, to_dense_adj

from pyg_symbreak.testing import graph_zoo
from pyg_symbreak.transforms import eigenspaces
from pyg_symbreak.transforms.eigenspaces import build_laplacian, canonical_basis, smallest_eigenspaces

GRAPHS = {
    "petersen": nx.petersen_graph(),
    "two triangles": nx.disjoint_union(nx.cycle_graph(3), nx.cycle_graph(3)),
    "with an isolated node": nx.Graph([(0, 1), (1, 2), (3, 4)]),
    "cube": nx.convert_node_labels_to_integers(nx.hypercube_graph(3)),
    "random": nx.gnp_random_graph(80, 0.06, seed=0),
    "cycle": nx.cycle_graph(60),
    "six-cube": nx.convert_node_labels_to_integers(nx.hypercube_graph(6)),
    "three equal parts": nx.disjoint_union_all([nx.random_regular_graph(3, 30, seed=0)] * 3),
    "star": nx.star_graph(70),
    "grid": nx.convert_node_labels_to_integers(nx.grid_2d_graph(9, 9)),
}
GRAPHS["with an isolated node"].add_node(5)


def laplacian_of(graph, normalized=True):
    data = from_networkx(graph)
    weight = torch.ones(data.num_edges)
    return build_laplacian(data.edge_index, weight, graph.number_of_nodes(), normalized)


@pytest.mark.parametrize("normalized", [True, False])
@pytest.mark.parametrize("name", GRAPHS)
def test_the_matrix_is_that_of_pyg(name, normalized):
    data = from_networkx(GRAPHS[name])
    n = GRAPHS[name].number_of_nodes()
    ours = laplacian_of(GRAPHS[name], normalized)
    edge_index, weight = get_laplacian(data.edge_index, None, "sym" if normalized else None, num_nodes=n)
    theirs = to_dense_adj(edge_index, edge_attr=weight, max_num_nodes=n)
    expected = theirs[0].double().numpy()
    isolated = [v for v in range(n) if GRAPHS[name].degree(v) == 0]
    expected[isolated, isolated] = 0  # PyG gives isolated nodes the eigenvalue one
    np.testing.assert_allclose(ours.dense(), expected, atol=1e-6)
    x = torch.randn(n, 3, dtype=torch.double)
    torch.testing.assert_close(ours.apply(x), torch.from_numpy(ours.dense()) @ x)
    assert np.linalg.eigvalsh(ours.dense()).max() <= ours.bound + 1e-12


@pytest.mark.parametrize("normalized", [True, False])
@pytest.mark.parametrize("name", GRAPHS)
def test_the_null_space_is_known_without_a_solver(name, normalized):
    laplacian = laplacian_of(GRAPHS[name], normalized)
    assert laplacian.nullity == nx.number_connected_components(GRAPHS[name])
    values, vectors = np.linalg.eigh(laplacian.dense())
    assert int((values < 1e-9).sum()) == laplacian.nullity
    rest = laplacian.without_kernel(torch.from_numpy(vectors))
    assert rest[:, : laplacian.nullity].abs().max() < 1e-9
    np.testing.assert_allclose(rest[:, laplacian.nullity :], vectors[:, laplacian.nullity :], atol=1e-9)


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("k", [1, 2, 5])
def test_sparse_and_dense_projectors_agree(name, k):
    laplacian = laplacian_of(GRAPHS[name])
    if laplacian.num_nodes > 50 and name != "star":
        assert eigenspaces._filtered_iteration(laplacian, k) is not None
    dense, sparse = smallest_eigenspaces(laplacian, k, 10**6), smallest_eigenspaces(laplacian, k, 0)
    assert [space.shape for space in dense] == [space.shape for space in sparse]
    assert sum(space.shape[1] for space in dense) >= min(k, laplacian.num_nodes - laplacian.nullity)
    for a, b in zip(dense, sparse):
        np.testing.assert_allclose(a @ a.T, b @ b.T, atol=1e-7)


def test_the_sparse_solver_is_the_one_that_runs_on_large_graphs(monkeypatch):
    graph = nx.random_regular_graph(3, 600, seed=0)
    laplacian = laplacian_of(graph)
    monkeypatch.setattr(np.linalg, "eigh", None)
    first, second = (smallest_eigenspaces(laplacian, 4, 500) for _ in range(2))
    for a, b in zip(first, second):
        assert np.array_equal(a, b)
        value = float((a.T @ laplacian.apply(torch.from_numpy(a)).numpy())[0, 0])
        residual = laplacian.apply(torch.from_numpy(a)).numpy() - value * a
        assert np.abs(residual).max() < 1e-6


def test_a_basis_depends_on_the_projector_only():
    space = smallest_eigenspaces(laplacian_of(GRAPHS["petersen"]), 5, 500)[0]
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(5, 5)))[0]
    rank = np.random.default_rng(1).permutation(10)
    first, second = canonical_basis(space, rank, 5), canonical_basis(space @ turn, rank, 5)
    np.testing.assert_allclose(first, second, atol=1e-12)
    np.testing.assert_allclose(first.T @ first, np.eye(5), atol=1e-12)
    np.testing.assert_allclose(first @ first.T, space @ space.T, atol=1e-12)
    np.testing.assert_allclose(canonical_basis(space, rank, 2), first[:, :2], atol=1e-12)
    assert canonical_basis(space, rank, 0).shape == (10, 0)
    other = canonical_basis(space, rank[::-1].copy(), 5)
    assert np.abs(first - other).max() > 0.1


def test_small_and_empty_graphs_have_no_eigenspaces():
    for name in ("empty", "single", "isolated-3"):
        data = graph_zoo()[name]
        laplacian = build_laplacian(data.edge_index, torch.ones(0), data.num_nodes, True)
        assert laplacian.nullity == data.num_nodes
        assert smallest_eigenspaces(laplacian, 3, 500) == []


def test_what_does_not_converge_is_solved_densely_or_refused(monkeypatch):
    laplacian = laplacian_of(GRAPHS["random"])
    expected = smallest_eigenspaces(laplacian, 3, 500)
    monkeypatch.setattr(eigenspaces, "_filtered_iteration", lambda *_: None)
    for a, b in zip(expected, smallest_eigenspaces(laplacian, 3, 0)):
        assert np.array_equal(a, b)
    monkeypatch.setattr(eigenspaces, "LARGEST_DENSE", 10)
    with pytest.raises(RuntimeError, match=r"'AddCanonicalLaplacianPE' expected the sparse eigen-solver to converge"):
        smallest_eigenspaces(laplacian, 3, 0)
