from __future__ import annotations

import itertools

import pytest

from pyg_symbreak.metrics.molecules.check import check_molecule, check_molecules

chem = pytest.importorskip("rdkit.Chem")
BONDS = {1: chem.BondType.SINGLE, 2: chem.BondType.DOUBLE, 3: chem.BondType.TRIPLE}


def build(symbols, bonds):
    """An RDKit molecule as a generator makes it: elements and bonds, nothing else."""
    mol = chem.RWMol()
    for symbol in symbols:
        mol.AddAtom(chem.Atom(symbol))
    for i, j, order in bonds:
        mol.AddBond(i, j, BONDS[order])
    return mol


@pytest.mark.parametrize(
    ("sample", "smiles", "relaxed", "fragments", "reason"),
    [
        ("OC", "CO", "CO", 1, ""),
        ("C1=CC=CC=C1", "c1ccccc1", "c1ccccc1", 1, ""),
        ("CN(=O)=O", "C[N+](=O)[O-]", "C[N+](=O)[O-]", 1, ""),  # RDKit's clean-up writes nitro groups with charges
        ("N[C@@H](C)C(=O)O", "CC(N)C(=O)O", "CC(N)C(=O)O", 1, ""),  # no stereochemistry
        ("[H]C([H])([H])O[H]", "CO", "CO", 1, ""),
        ("C.CO", None, "CO", 2, "fragments"),
        ("CO.NC", None, "CN", 2, "fragments"),  # of two largest fragments the first name
        ("CN(C)(C)C", None, "C[N+](C)(C)C", 1, "valence"),
        ("C=O(C)", None, "C=[O+]C", 1, "valence"),
        ("CN(C)(C)C.CCCCCC", None, "CCCCCC", 2, "valence"),
        ("CN(C)(C)C.CO(C)C.O", None, "C[N+](C)(C)C", 3, "valence"),
        ("O=N(=O)CN(C)(C)C", None, "C[N+](C)(C)C[N+](=O)[O-]", 1, "valence"),
        ("C=N(C)(C)C", None, None, 1, "valence"),  # two bonds too many
        ("CC(C)(C)(C)C", None, None, 1, "valence"),  # carbon is not charged
        ("FC.FF(C)", None, None, 2, "valence"),
        ("C[N-](C)(C)C", None, None, 1, "valence"),  # a charge of its own is not touched
        ("c1cccc1", None, None, 1, "kekulization"),
        ("c1ccccc1c", None, None, 1, "kekulization"),
        ("C(", None, None, 0, "empty"),
        ("", None, None, 0, "empty"),
        (None, None, None, 0, "empty"),
    ],
)
def test_by_hand(sample, smiles, relaxed, fragments, reason, capfd):
    checked = check_molecule(sample)
    assert (checked.smiles, checked.relaxed_smiles, checked.fragments) == (smiles, relaxed, fragments)
    assert checked.reason == reason
    assert (checked.mol is None) == (smiles is None)
    assert (checked.relaxed is None) == (relaxed is None)
    assert checked.sanitised == (reason in ("", "fragments"))
    assert capfd.readouterr() == ("", "")


def test_the_order_of_the_atoms_does_not_matter():
    symbols, bonds = ["C", "N", "O", "O", "N", "C"], [(0, 1, 1), (1, 2, 2), (1, 3, 2), (0, 4, 1), (4, 5, 3)]
    expected = check_molecule(build(symbols, bonds))
    assert (expected.reason, expected.relaxed_smiles) == ("valence", "C#[N+]C[N+](=O)[O-]")
    for order in itertools.permutations(range(5)):
        new = [bonds[i] for i in order]
        rank = [*order, 5]
        names = [symbols[rank.index(i)] for i in range(6)]
        moved = build(names, [(rank[i], rank[j], kind) for i, j, kind in new])
        assert check_molecule(moved).relaxed_smiles == expected.relaxed_smiles


def test_the_sample_is_not_changed():
    mol = build(["C", "N", "C", "C", "C"], [(0, 1, 1), (1, 2, 1), (1, 3, 1), (1, 4, 1)])
    assert check_molecule(mol).relaxed_smiles == "C[N+](C)(C)C"
    assert [atom.GetFormalCharge() for atom in mol.GetAtoms()] == [0] * 5


def test_one_atom_and_hydrogen():
    assert check_molecule(build(["O"], [])).smiles == "O"
    assert check_molecule(build(["H", "H"], [(0, 1, 1)])).smiles == "[H][H]"
    assert check_molecule(chem.RWMol()).reason == "empty"


def test_many():
    assert check_molecules([]) == []
    assert [checked.smiles for checked in check_molecules(iter(["C", None]))] == ["C", None]


def test_other_objects():
    with pytest.raises(TypeError, match=r"'check_molecule' expected RDKit molecules, SMILES .* \(got Atom\)"):
        check_molecule(chem.Atom("C"))
