from __future__ import annotations

import numpy as np
import pytest
import torch
from torch_geometric.data import Batch

from pyg_symbreak.datasets import molecule_graph
from pyg_symbreak.datasets.molecule_table import (
    atom_code,
    concatenate,
    infer_elements,
    parse_smiles,
    table_batch,
    table_graphs,
    type_lookup,
)

pytest.importorskip("rdkit")
ELEMENTS = ("C", "N", "O", "N+", "O-")
SMILES = ["CCO", "C", "C[N+](=O)[O-]", "c1cc[nH]c1", "C#N", "O"]


def same(a, b):
    return sorted(a.keys()) == sorted(b.keys()) and all(
        torch.equal(a[key], b[key]) if isinstance(a[key], torch.Tensor) else a[key] == b[key]
        for key in a.keys()  # noqa: SIM118
    )


@pytest.mark.parametrize("bonds", ["kekule", "aromatic"])
@pytest.mark.parametrize("hydrogens", [False, True])
def test_same_graphs_as_molecule_graph(bonds, hydrogens):
    elements = (*ELEMENTS, "H")
    table, dropped = parse_smiles(SMILES, 5, bonds, hydrogens, None)
    graphs = table_graphs(table, np.arange(6), type_lookup(elements, True))
    for number, (graph, smiles) in enumerate(zip(graphs, SMILES, strict=True), start=5):
        expected = molecule_graph(smiles, elements, bonds, hydrogens)
        expected.mol_id = torch.tensor([number])
        assert same(graph, expected)
    assert dropped == {}


@pytest.mark.parametrize("index", [[0, 1, 2, 3, 4, 5], [3, 1], [1], [1, 5], [2, 2], []])
def test_batch_is_the_batch_of_the_graphs(index):
    table, _ = parse_smiles(SMILES, 0, "kekule", False, None)
    lookup, index = type_lookup(ELEMENTS, False), np.array(index, dtype=np.int64)
    batch = table_batch(table, index, lookup)
    assert batch.num_graphs == len(index)
    if len(index):
        graphs = table_graphs(table, index, lookup)
        assert same(batch, Batch.from_data_list(graphs))
        assert all(map(same, batch.to_data_list(), graphs))


def test_keys_tell_molecules_apart_but_not_stereoisomers_isotopes_or_spellings():
    texts = ["OCC", "CCO", "C/C=C/C", "C/C=C\\C", "C[C@H](F)O", "C[C@@H](F)O", "C[13CH3]", "CC", "[NH4+]", "N"]
    table, _ = parse_smiles(texts, 0, "kekule", False, None)
    key = table.key.tolist()
    assert [key[i] == key[i + 1] for i in range(0, 10, 2)] == [True, True, True, True, False]
    assert [parse_smiles([text], 0, "aromatic", True, None)[0].key.item() for text in texts[:2]] == key[:2]


def test_dropped_by_reason():
    texts = ["C(", "C(C)(C)(C)(C)C", "C.C", "C$C", "CCCC", "CCC"]
    table, dropped = parse_smiles(texts, 0, "kekule", False, 3)
    assert dropped == {"syntax": 1, "chemistry": 1, "fragments": 1, "bond": 1, "size": 1}
    assert table.line.tolist() == [5]
    assert parse_smiles(["C", "CC"], 0, "kekule", True, 5)[1] == {"size": 1}  # hydrogens count


def test_no_molecule_and_joining():
    empty, _ = parse_smiles(["("], 0, "kekule", False, None)
    assert empty.node_ptr.tolist() == [0]
    parts = [empty, *(parse_smiles([smiles], i, "kekule", False, None)[0] for i, smiles in enumerate(SMILES)), empty]
    whole, joined = parse_smiles(SMILES, 0, "kekule", False, None)[0], concatenate(parts)
    for a, b in zip(whole, joined, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def test_alphabets():
    codes = np.array([atom_code(z, q) for z, q in [(17, 0), (8, -1), (6, 0), (7, 1), (7, 0), (1, 0), (26, 2), (7, 1)]])
    assert infer_elements(codes, True) == ("H", "C", "N", "Cl", "N+", "O-", "Fe+2")
    assert infer_elements(codes, False) == ("H", "C", "N", "O", "Cl", "Fe")
    lookup = type_lookup(("C", "N", "N+"), False)
    assert [lookup[atom_code(*atom)] for atom in [(6, 0), (7, 0), (7, 1), (7, -1), (6, 1), (8, 0)]] == [
        0,
        1,
        2,
        -1,
        -1,
        -2,
    ]
    plain = type_lookup(("C", "N"), False)
    assert [plain[atom_code(*atom)] for atom in [(6, 0), (7, 0), (7, 1)]] == [0, 1, 1]
    assert type_lookup(("C", "N"), True)[atom_code(7, 1)] == -1


def test_unknown_element():
    with pytest.raises(
        ValueError, match=r"'MoleculesFromSmiles' expected 'elements' to be chemical elements \(got 'Xx'\)"
    ):
        type_lookup(("C", "Xx"), False)
