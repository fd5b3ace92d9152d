"""pyg#10560, #8370, #2163: no aromatic bonds where some were expected, bonds that are artefacts, SMILES that differ."""

import pytest
import torch

pytest.importorskip("rdkit")

from pyg_symbreak.datasets import MoleculesFromSmiles, molecule_graph

SMILES = ["c1ccccc1O", "CC#N", "O=C=O", "CCN"]


def histogram(bonds):
    types = torch.cat([molecule_graph(smiles, bonds=bonds).edge_type for smiles in SMILES])
    return (torch.bincount(types, minlength=5) // 2).tolist()


def test_the_alphabet_of_bonds_is_explicit_and_its_histogram_is_that_of_the_formulas():
    assert histogram("kekule") == [0, 3 + 1 + 1 + 2, 3 + 2, 1, 0]
    assert histogram("aromatic") == [0, 1 + 1 + 2, 2, 1, 6]


def test_what_cannot_be_sanitised_is_counted_by_reason():
    dataset = MoleculesFromSmiles([*SMILES, "C(C)(C)(C)(C)C", "not a molecule", "[Na+].[Cl-]"], fractions=(1, 0, 0))
    assert len(dataset) == len(SMILES)
    assert sum(dataset.dropped.values()) == 3
    assert set(dataset.dropped) == {"chemistry", "syntax", "fragments"}
