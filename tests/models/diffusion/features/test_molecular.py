import pytest
import torch

from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.features import MolecularFeatures

# C, N, O, F
CONSTANTS = {"valences": (4, 3, 2, 1), "weights": (12.0, 14.0, 16.0, 19.0), "bond_orders": (0, 1, 2, 3)}


def molecule(x, e):
    x = torch.tensor([x])
    return DenseGraph(x, torch.tensor([e], dtype=torch.long), torch.ones_like(x, dtype=torch.bool))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_nitromethane(dtype):
    # C-N(=O)-O with the charges +1 on N and -1 on the second O
    graph = molecule([0, 1, 2, 2], [1, 0, 0, 2, 1, 0])
    nodes, pairs, whole = MolecularFeatures(**CONSTANTS, num_edge_types=4, dtype=dtype)(graph)
    expected = [[0.25, 0.75, 0], [1, -0.25, 1], [0.5, 0, 0], [0.25, 0.25, 0]]
    assert nodes.dtype == dtype
    assert nodes[0].tolist() == expected
    assert pairs is None
    assert float(whole) == pytest.approx((12 + 14 + 2 * 16) / 200)


def test_with_hydrogens_a_missing_bond_is_a_charge():
    constants = {"valences": (1, 2), "weights": (1.0, 16.0), "bond_orders": (0, 1), "num_edge_types": 2}
    hydroxide = molecule([1, 0], [1])
    nodes = MolecularFeatures(**constants, explicit_hydrogens=True)(hydroxide)[0]
    assert nodes[0, :, 2].tolist() == [-1, 0]
    assert MolecularFeatures(**constants)(hydroxide)[0][0, :, 2].tolist() == [0, 0]


def test_aromatic_bonds_round_down():
    # An inner atom of naphthalene: three aromatic bonds add up to 4.5, and that is no charge.
    constants = {"valences": (4,), "weights": (12.0,), "bond_orders": (0, 1, 2, 3, 1.5), "num_edge_types": 5}
    nodes = MolecularFeatures(**constants)(molecule([0] * 4, [4, 4, 4, 0, 0, 0]))[0]
    assert nodes[0, 0].tolist() == [1.125, -0.125, 0]


def test_masked_atoms_and_bonds():
    feature = MolecularFeatures(**CONSTANTS, num_edge_types=4)
    nodes, _, whole = feature(molecule([0, 4, 2], [2, 4, 1]))
    assert nodes[0].tolist() == [[0.5, 0.5, 0], [0.75, 0, 0], [0.25, 0.25, 0]]
    assert float(whole) == pytest.approx((12 + 16) / 200)


def test_overfull_atoms_stay_bounded():
    n = 20
    graph = molecule([3] * n, [3] * (n * (n - 1) // 2))
    nodes = MolecularFeatures(**CONSTANTS, num_edge_types=4)(graph)[0]
    assert nodes[0, 0].tolist() == [2, -1, 1]


def test_scale_of_the_weight():
    graph = molecule([0], [])
    assert float(MolecularFeatures(**CONSTANTS, num_edge_types=4, weight_scale=24.0)(graph)[2]) == 0.5


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"weights": (12.0,)}, r"expected one of 'valences' and one of 'weights' for each node type \(got 4 and 1\)"),
        ({"valences": (), "weights": ()}, r"for each node type \(got 0 and 0\)"),
        ({"bond_orders": (0, 1, 2)}, r"expected 'bond_orders' of 4 types, 0 first \(got \(0, 1, 2\)\)"),
        ({"bond_orders": (1, 1, 2, 3)}, r"expected 'bond_orders' of 4 types, 0 first \(got \(1, 1, 2, 3\)\)"),
        ({"valences": (4, 3, 2, -1)}, r"expected finite numbers, none of them negative .* \(got \(4, 3, 2, -1, 12"),
        ({"weights": (12.0, float("nan"), 1.0, 1.0)}, r"expected finite numbers, none of them negative"),
        ({"weight_scale": 0.0}, r"'weight_scale' positive \(got .* and 0.0\)"),
    ],
)
def test_errors(change, text):
    with pytest.raises(ValueError, match=text):
        MolecularFeatures(**{**CONSTANTS, **change}, num_edge_types=4)
