from __future__ import annotations

import pytest
import torch

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.training.diffusion.decode import decode_molecules

pytest.importorskip("rdkit")
KEKULE = ("none", "single", "double", "triple")


def graphs(nodes: list[int], pairs: list[int]) -> DenseGraph:
    return DenseGraph(torch.tensor([nodes]), torch.tensor([pairs]), torch.ones(1, len(nodes)).bool())


def test_valid_or_not_the_atoms_and_bonds_are_those_of_the_graph() -> None:
    config = DiffusionConfig(("C", "O"), KEKULE, 3, bonds="kekule")
    (mol,) = decode_molecules(graphs([0, 1, 1], [3, 2, 0]), config)
    assert [atom.GetSymbol() for atom in mol.GetAtoms()] == ["C", "O", "O"]
    assert [bond.GetBondTypeAsDouble() for bond in mol.GetBonds()] == [3.0, 2.0]


def test_hydrogens_and_charges_come_from_the_alphabet() -> None:
    from rdkit import Chem

    config = DiffusionConfig(("H", "O", "O-"), KEKULE, 3, bonds="kekule")
    water, hydroxide = decode_molecules(graphs([0, 1, 0], [1, 0, 1]), config)[0], graphs([2, 0], [1])
    assert Chem.MolToSmiles(water) == "[H]O[H]"
    assert Chem.MolToSmiles(decode_molecules(hydroxide, config)[0]) == "[H][O-]"


def test_other_graphs_are_no_molecules() -> None:
    with pytest.raises(ValueError, match="'decode_molecules' expected a generator of molecules"):
        decode_molecules(graphs([0, 0], [1]), DiffusionConfig(("node",), ("none", "edge"), 3))
