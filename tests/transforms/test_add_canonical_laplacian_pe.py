import networkx as nx
import numpy as np
import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.utils import from_networkx

from pyg_symbreak.groups import Permutation
from pyg_symbreak.testing import assert_equivariant, graph_zoo
from pyg_symbreak.transforms import AddCanonicalLaplacianPE

ZOO = graph_zoo()


def path(n):
    return (
        from_networkx(nx.path_graph(n)) if n > 0 else Data(edge_index=torch.empty(2, 0, dtype=torch.long), num_nodes=0)
    )


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 6])
def test_graphs_smaller_than_k_are_padded(n):
    out = AddCanonicalLaplacianPE(k=4)(path(n)).laplacian_pe
    assert out.shape == (n, 4)
    available = max(n - 1, 0)
    assert bool((out[:, available:] == 0).all())
    if n > 0:
        torch.testing.assert_close(out[:, : min(available, 4)].norm(dim=0), torch.ones(min(available, 4)))


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4])
def test_graphs_smaller_than_k_are_refused_without_padding(n):
    transform = AddCanonicalLaplacianPE(k=4, pad=False)
    if n == 0:
        assert transform(path(n)).laplacian_pe.shape == (0, 4)
        return
    with pytest.raises(ValueError, match=rf"at least 'k' = 4 non-zero eigenvalues \(got {n - 1} on {n} nodes; pass"):
        transform(path(n))
    assert transform(path(5)).laplacian_pe.shape == (5, 4)


@pytest.mark.parametrize("normalization", ["sym", None])
@pytest.mark.parametrize("name", ["petersen", "path-7", "prism", "frucht"])
def test_columns_are_eigenvectors_in_ascending_order(name, normalization):
    graph = ZOO[name]
    n = graph.num_nodes
    data = Data(x=torch.ones(n, 1, dtype=torch.double), edge_index=graph.edge_index)
    vectors = AddCanonicalLaplacianPE(k=5, normalization=normalization)(data).laplacian_pe.numpy()
    g = nx.Graph(graph.edge_index.t().tolist())
    matrix = nx.normalized_laplacian_matrix if normalization else nx.laplacian_matrix
    laplacian = matrix(g, nodelist=range(n)).toarray()
    values = np.diag(vectors.T @ laplacian @ vectors)
    np.testing.assert_allclose(laplacian @ vectors, vectors * values, atol=1e-9)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(laplacian)[1:6], atol=1e-9)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(5), atol=1e-9)


def test_exactly_equivariant_where_nothing_is_symmetric():
    graph = ZOO["frucht"]
    data = Data(x=torch.ones(12, 1, dtype=torch.double), edge_index=graph.edge_index)
    assert_equivariant(lambda d: AddCanonicalLaplacianPE(k=6)(d).laplacian_pe, data)


def test_the_sign_is_random_exactly_where_a_symmetry_flips_it():
    data = path(4)
    seen = {tuple(AddCanonicalLaplacianPE(k=2)(data).laplacian_pe.sign().flatten().tolist()) for _ in range(60)}
    # The reflection of a path flips the first vector and keeps the second.
    assert len(seen) == 2
    second = {tuple(AddCanonicalLaplacianPE(k=2)(data).laplacian_pe[:, 1].tolist()) for _ in range(20)}
    assert len(second) == 1


def test_without_randomness_calls_agree():
    transform = AddCanonicalLaplacianPE(k=6, randomize=False)
    assert torch.equal(transform(ZOO["petersen"]).laplacian_pe, transform(ZOO["petersen"]).laplacian_pe)


def test_weights_are_used_where_named():
    data = path(4)
    data.length = torch.tensor([1.0, 1.0, 5.0, 5.0, 1.0, 1.0])
    plain = AddCanonicalLaplacianPE(k=2, randomize=False)(data).laplacian_pe
    weighted = AddCanonicalLaplacianPE(k=2, randomize=False, weight_attr="length")(data).laplacian_pe
    assert not torch.allclose(plain.abs(), weighted.abs(), atol=1e-2)
    data.length = torch.full((6,), 3.0)
    same = AddCanonicalLaplacianPE(k=2, randomize=False, weight_attr="length")(data).laplacian_pe
    torch.testing.assert_close(same, plain)


def test_weights_break_ties():
    data = path(3)
    data.length = torch.tensor([1.0, 1.0, 2.0, 2.0])
    moved = Permutation(torch.tensor([2, 1, 0])).act_data(data)
    transform = AddCanonicalLaplacianPE(k=2, randomize=False, weight_attr="length")
    torch.testing.assert_close(transform(moved).laplacian_pe, transform(data).laplacian_pe.flip(0))


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (torch.tensor([1.0, -1.0]), r"finite and non-negative weights in 'w' \(got -1.0\)"),
        (torch.tensor([1.0, float("inf")]), r"finite and non-negative weights in 'w' \(got inf\)"),
        (torch.ones(3), r"'weight_attr' to name one number for each of 2 edges \(got 'w'\)"),
    ],
)
def test_bad_weights(weight, message):
    transform = AddCanonicalLaplacianPE(k=1, weight_attr="w")
    with pytest.raises(ValueError, match=message):
        transform._weight(Data(edge_index=torch.tensor([[0, 1], [1, 0]]), w=weight, num_nodes=2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"k": 0}, r"'AddCanonicalLaplacianPE' expected 'k' as a positive integer \(got 0\)"),
        ({"k": 1, "normalization": "rw"}, r"expected 'normalization' as 'sym' or None \(got 'rw'\)"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        AddCanonicalLaplacianPE(**arguments)
