from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from pyg_symbreak.datasets.enumerate_molecules import enumerate_molecules

chem = pytest.importorskip("rdkit.Chem")
VALENCE = {"C": 4, "N": 3, "O": 2, "F": 1, "S": 2}


def by_force(n, elements):
    """All molecules of n atoms: every choice of atoms and of the orders of all pairs."""
    pairs = [(i, j) for i in range(n) for j in range(i)]
    found = set()
    for orders in product(range(4), repeat=len(pairs)):
        degree = np.zeros(n, dtype=int)
        for (i, j), order in zip(pairs, orders, strict=True):
            degree[i] += order
            degree[j] += order
        for atoms in product(elements, repeat=n):
            if any(d > VALENCE[a] for d, a in zip(degree, atoms, strict=True)):
                continue
            mol = chem.RWMol()
            for atom in atoms:
                mol.AddAtom(chem.Atom(atom))
            for (i, j), order in zip(pairs, orders, strict=True):
                if order:
                    mol.AddBond(i, j, chem.BondType.values[order])
            if len(chem.GetMolFrags(mol)) == 1:
                chem.SanitizeMol(mol)
                found.add(chem.MolToSmiles(mol))
    return found


@pytest.mark.parametrize("elements", [("C",), ("C", "N", "O"), ("F", "S")])
def test_agrees_with_brute_force(elements):
    largest = 4 if elements == ("C",) else 3
    expected = set().union(*(by_force(n, elements) for n in range(1, largest + 1)))
    found = enumerate_molecules(largest, elements)
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_counts_and_order():
    assert [len(enumerate_molecules(n)) for n in (1, 2, 3, 4)] == [3, 18, 92, 571]
    assert enumerate_molecules(2, ("C",)) == ("C", "C#C", "C=C", "CC")
    sizes = [chem.MolFromSmiles(text).GetNumAtoms() for text in enumerate_molecules(4)]
    assert sizes == sorted(sizes)


def test_benzene_is_one_molecule():
    found = enumerate_molecules(6, ("C",))
    assert len(found) == 966
    assert sum(text == "c1ccccc1" for text in found) == 1


def test_atoms_that_grow_no_further():
    assert enumerate_molecules(5, ("F",)) == ("F", "FF")


@pytest.mark.parametrize(
    ("size", "elements", "message"),
    [
        (0, ("C",), r"'enumerate_molecules' expected 'max_heavy_atoms' to be at least 1 \(got 0\)"),
        (2, (), r"'enumerate_molecules' expected 'elements' to hold different elements.* \(got \(\)\)"),
        (2, ("C", "C"), r"'elements' to hold different elements"),
        (2, ("H",), r"'elements' to hold different elements, each but H and with a fixed valence"),
        (2, ("Fe",), r"'elements' to hold different elements"),
        (2, ("N+",), r"'elements' to hold different elements"),
    ],
)
def test_bad_arguments(size, elements, message):
    with pytest.raises(ValueError, match=message):
        enumerate_molecules(size, elements)
