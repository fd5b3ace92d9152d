import sys

import pytest
import torch

from pyg_symbreak.spins import cut_boundary, solve
from pyg_symbreak.spins.exact import (
    MinCutGroundStates,
    PlanesGroundStates,
    TransferGroundStates,
    UniformGroundStates,
)
from tests.spins.exact.brute import CASES, brute_force, random_lattice


@pytest.mark.parametrize(
    ("law", "sizes", "strength", "periodic", "kind"),
    [
        ("ferro", (32, 32), 0.0, True, UniformGroundStates),
        ("ferro", (12, 12), 1.0, True, MinCutGroundStates),
        ("ferro", (12, 12), 0.0, False, MinCutGroundStates),
        ("pm", (6, 7), 0.0, True, TransferGroundStates),
        ("pm", (12, 12), 0.0, False, TransferGroundStates),
        ("gaussian", (20, 4), 0.5, True, TransferGroundStates),
        ("pm", (12, 12), 0.0, True, PlanesGroundStates),
        ("pm", (4, 4, 4), 0.0, True, PlanesGroundStates),
    ],
)
def test_choice(law, sizes, strength, periodic, kind):
    field, bonds = random_lattice(0, sizes, law, strength, periodic, torch.float32)
    states = solve(field, bonds, periodic)
    assert type(states) is kind
    assert states.energy == pytest.approx(states.bound, abs=1e-9)


@pytest.mark.parametrize(("sizes", "periodic"), CASES)
@pytest.mark.parametrize(("law", "strength"), [("pm", 0.0), ("gaussian", 0.5), ("ferro", 0.5)])
def test_methods_agree(sizes, periodic, law, strength):
    field, bonds = random_lattice(0, sizes, law, strength, periodic, torch.float32)
    energy, states = brute_force(field, bonds)
    for method in (None, "transfer", "planes", *(["min_cut"] if law == "ferro" else [])):
        found = solve(field, bonds, periodic, method)
        assert found.energy == pytest.approx(energy, abs=1e-6)
        assert found.count == (None if method == "planes" else len(states))
    uniform = torch.full(sizes, 0.7)
    ones = torch.ones(2, *sizes)
    assert solve(uniform, ones).energy == pytest.approx(solve(uniform, ones, method="min_cut").energy, abs=1e-6)


def test_uniform_lattices_that_are_too_wide():
    states = solve(torch.zeros(15, 15), -torch.ones(2, 15, 15))
    assert type(states) is PlanesGroundStates
    assert states.energy == -2 * 15 * 13


def test_uncounted_cuts_of_narrow_lattices_are_counted():
    field = torch.tensor([[0.3, 1e-9, -0.7]], dtype=torch.float64).expand(3, 3) * torch.pi
    bonds = torch.ones(2, 3, 3, dtype=torch.float64)
    assert solve(field, bonds, method="min_cut").count is None
    assert solve(field, bonds).count == 1


def test_narrow_lattices_need_no_scipy(monkeypatch):
    for name in ("scipy.sparse", "scipy.sparse.csgraph", "scipy.optimize"):
        monkeypatch.setitem(sys.modules, name, None)
    field, bonds = random_lattice(0, (4, 4))
    assert solve(field, bonds).count > 0
    assert solve(torch.zeros(20, 20), torch.ones(2, 20, 20)).count == 2
    with pytest.raises(ImportError, match="pip install scipy"):
        solve(*random_lattice(0, (16, 16)))


def test_bad_input_is_refused():
    field, bonds = random_lattice(0, (4, 4))
    for options, message in [
        ({"method": "guess"}, "one of uniform, min_cut, transfer, planes \\(got 'guess'\\)"),
        ({"method": "uniform"}, "depend on the direction alone"),
        ({"method": "min_cut"}, "without frustration"),
        ({"periodic": False}, "no bonds across its boundary"),
    ]:
        with pytest.raises(ValueError, match=message):
            solve(field, bonds, **options)
    with pytest.raises(ValueError, match="expected periodic boundaries"):
        solve(field, cut_boundary(bonds.unsqueeze(0))[0])
    with pytest.raises(ValueError, match="at most"):
        solve(*random_lattice(0, (16, 16)), method="transfer")
    with pytest.raises(TimeoutError, match="within 0 seconds"):
        solve(*random_lattice(0, (12, 12)), time_limit=0.0)
