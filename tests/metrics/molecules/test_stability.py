from __future__ import annotations

import pytest

from pyg_symbreak.metrics.molecules.stability import stability
from pyg_symbreak.metrics.ratio import Ratio

chem = pytest.importorskip("rdkit.Chem")

WATER = "[H]O[H]"
METHANE = "[H]C([H])([H])[H]"


def counts(samples, hydrogens=True):
    return tuple(stability(samples, hydrogens).values())


def test_by_hand():
    assert counts([WATER, METHANE]) == (Ratio(8, 8), Ratio(2, 2))
    assert counts(["[H]C([H])[H]"]) == (Ratio(3, 4), Ratio(0, 1))
    assert counts(["O=C=O"]) == (Ratio(3, 3), Ratio(1, 1))  # no hydrogens, and none missing
    assert counts(["C(C)(C)(C)(C)C"]) == (Ratio(0, 6), Ratio(0, 1))
    assert counts([WATER, None]) == (Ratio(3, 3), Ratio(1, 2))


def test_atoms_without_hydrogens_are_not_stable_unless_said():
    assert counts(["CO"]) == (Ratio(0, 2), Ratio(0, 1))
    assert stability(["CO", "N(C)(C)(C)C"], hydrogens=False) == {
        "atom_stability_heavy": Ratio(6, 7),
        "molecule_stability_heavy": Ratio(1, 2),
    }


def test_aromatic_bonds():
    benzene = chem.AddHs(chem.MolFromSmiles("c1ccccc1"))
    assert counts([benzene]) == (Ratio(12, 12), Ratio(1, 1))
    naphthalene = chem.AddHs(chem.MolFromSmiles("c1ccc2ccccc2c1"))
    assert counts([naphthalene]) == (Ratio(18, 18), Ratio(1, 1))
    assert counts([chem.AddHs(chem.MolFromSmiles("c1cc[nH]c1"))]) == (Ratio(10, 10), Ratio(1, 1))
    assert counts(["c1cccc1"], hydrogens=False) == (Ratio(5, 5), Ratio(1, 1))  # no Kekulé form: 1.5 and 1.5 are 3
    assert counts(["c1ccccc1"]) == (Ratio(0, 6), Ratio(0, 1))


def test_aromatic_bonds_set_by_a_generator():
    ring = chem.RWMol()
    for _ in range(6):
        ring.AddAtom(chem.Atom("C"))
    for i in range(6):
        ring.AddBond(i, (i + 1) % 6, chem.BondType.AROMATIC)  # no flags, only bond types
    assert counts([ring], hydrogens=False) == (Ratio(6, 6), Ratio(1, 1))
    ring.AddAtom(chem.Atom("C"))
    ring.AddBond(0, 6, chem.BondType.DOUBLE)
    assert counts([ring], hydrogens=False) == (Ratio(6, 7), Ratio(0, 1))


@pytest.mark.parametrize(
    ("smiles", "stable"),
    [
        ("[H][N+]([H])([H])[H]", 5),
        ("[H]N([H])([H])[H]", 4),
        ("[H][O-]", 2),
        ("[H]O", 1),
        ("[H][C+]([H])[H]", 4),
        ("[H][C-]([H])[H]", 4),
        ("[H][B-]([H])([H])[H]", 5),
        ("[H]P([H])([H])([H])[H]", 6),
        ("[H][S]([H])", 2),
        ("[H][Fe]", 1),
    ],
)
def test_charges_and_other_elements(smiles, stable):
    atoms, molecules = counts([smiles])
    assert atoms.numerator == stable
    assert molecules.numerator == (stable == atoms.denominator)


def test_nothing():
    assert counts([]) == (Ratio(0, 0), Ratio(0, 0))
    assert counts([None, ""]) == (Ratio(0, 0), Ratio(0, 2))


def test_other_objects():
    with pytest.raises(TypeError, match=r"'stability' expected RDKit molecules, SMILES strings or None \(got float\)"):
        stability([1.0], True)
