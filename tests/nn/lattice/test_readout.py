import copy

import pytest
import torch

from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry
from pyg_symbreak.nn.lattice import LatticeReadout

OUTPUTS = ["site", "spin", "bond", "graph", "elements"]


def regular(group, channels, batch=1, dtype=torch.float64):
    return torch.randn(batch, group.num_parts, channels, *group.sizes, dtype=dtype)


@pytest.mark.parametrize("output", OUTPUTS)
def test_equivariant(group, defect, shaken, output):
    width = 1 if output == "elements" else 3
    readout = shaken(LatticeReadout(2, width, group, output))
    lead = {"site": (3, *group.sizes), "spin": (3, *group.sizes), "graph": (3,), "elements": (len(group),)}
    lead["bond"] = (3, group.dim, *group.sizes)
    assert readout(regular(group, 2, 4)).shape == (4, *lead[output])
    assert defect(readout, regular(group, 2), group, output) < 1e-10
    assert defect(readout.float(), regular(group, 2).float(), group, output) < 1e-4


def test_scores_move_by_left_multiplication(group, shaken):
    readout = shaken(LatticeReadout(2, 1, group, "elements"))
    x, g = regular(group, 2), LatticeSymmetry.random(1, group, torch.Generator().manual_seed(3))
    scores, moved = readout(x)[0], readout(g.act_regular(x))[0]
    every = LatticeSymmetry.all(1, group)
    products = g.repeat(len(group)) @ every
    torch.testing.assert_close(moved[products.index], scores, atol=1e-12, rtol=0)
    assert scores.unique().numel() == len(group)


@pytest.mark.parametrize("output", OUTPUTS[:4])
@pytest.mark.parametrize("flip", [False, True])
def test_the_most_general_readout(output, flip):
    """All equivariant maps that reach no further than the sites, or for bonds their two ends, by a null space."""
    group = LatticeGroup.p4(3, spin_flip=flip)
    kind = {"site": "dense"}.get(output, output)
    shape = {"bond": (2, 3, 3), "graph": ()}.get(output, (3, 3))
    rows, columns = torch.Size(shape).numel(), len(group)
    m = torch.eye(rows * columns, dtype=torch.float64).view(rows * columns, rows, columns)
    constraints = []
    for number in {1, 3, 9, columns // 2}:  # translations, a quarter turn and, where there are any, reversed spins
        source = LatticeSymmetry(torch.full((columns,), number), group)
        eye = torch.eye(columns, dtype=torch.float64).view(columns, group.num_parts, 3, 3)
        a = source.act_regular(eye).flatten(1).t()
        fields = m.transpose(1, 2).reshape(-1, *shape)
        every = LatticeSymmetry(torch.full((fields.size(0),), number), group)
        b = every.act_as(fields, kind).view(-1, columns, rows).transpose(1, 2)
        constraints.append((m @ a - b).flatten(1))
    # Maps of the reach: entries further away are zero.
    site = torch.arange(columns) % 9
    near = torch.ones(rows, columns, dtype=torch.bool)
    if output == "bond":
        number = torch.arange(9).view(3, 3)
        first, second = number.flatten().repeat(2), torch.cat([number.roll(-1, 1), number.roll(-1, 0)]).flatten()
        near = (site == first.unsqueeze(1)) | (site == second.unsqueeze(1))
    elif output != "graph":
        near = site == torch.arange(rows).remainder(9).unsqueeze(1)
    constraints.append(m.flatten(1)[:, ~near.flatten()])
    stacked = torch.cat(constraints, 1)
    dimension = rows * columns - int(torch.linalg.matrix_rank(stacked @ stacked.t(), hermitian=True))
    readout = LatticeReadout(1, 1, group, output).double()
    weights = readout.weight.numel()
    assert dimension == weights
    eye = torch.eye(columns, dtype=torch.float64).view(columns, group.num_parts, 1, 3, 3)
    found = []
    for number in range(weights):
        with torch.no_grad():
            readout.weight.view(-1).copy_(torch.arange(weights) == number)
            found.append((readout(eye) - readout(torch.zeros_like(eye))).flatten())
    assert torch.linalg.matrix_rank(torch.stack(found)) == weights


def test_numbers():
    group = LatticeGroup.p1(4, spin_flip=True)
    x = torch.arange(8.0).view(1, 2, 1, 4)

    def read(output, *weight):
        readout = LatticeReadout(1, 1, group, output)
        with torch.no_grad():
            readout.weight.view(-1).copy_(torch.tensor(weight))
        return readout(x).squeeze().tolist()

    assert read("site", 1.0) == [2, 3, 4, 5]
    assert read("spin", 1.0) == [-2, -2, -2, -2]
    assert read("graph", 2.0) == 7
    assert read("elements", 1.0) == list(range(8))
    # What the near site sees ahead, and ten times what the far site sees behind.
    assert read("bond", 1.0, 10.0) == [32, 43, 54, 25]


def test_biases_stay_where_symmetries_leave_them():
    plain, flip = LatticeGroup.p4m(4), LatticeGroup.p4m(4, spin_flip=True)
    biases = {output: LatticeReadout(2, 1, flip, output).bias for output in OUTPUTS}
    assert {output: None if bias is None else bias.numel() for output, bias in biases.items()} == {
        "site": 1,
        "spin": None,
        "bond": 1,
        "graph": 1,
        "elements": None,
    }
    assert LatticeReadout(2, 1, plain, "spin").bias.numel() == 1
    rectangle = LatticeReadout(2, 3, LatticeGroup.p2mm(4, 5), "bond").double()
    assert rectangle.bias.shape == (2, 3)
    with torch.no_grad():
        rectangle.weight.zero_()
        rectangle.bias.copy_(torch.arange(6).view(2, 3))
    out = rectangle(regular(LatticeGroup.p2mm(4, 5), 2))
    assert out[0, :, :, 0, 0].tolist() == [[0, 3], [1, 4], [2, 5]]


def test_without_reversed_spins_spins_are_scalars():
    group = LatticeGroup.p4m(4)
    spin, site = LatticeReadout(2, 3, group, "spin"), LatticeReadout(2, 3, group, "site")
    site.load_state_dict(spin.state_dict())
    x = regular(group, 2, 2, torch.float32)
    assert torch.equal(spin(x), site(x))


def test_a_wrong_readout_is_seen(defect, shaken):
    # What the check must reject: bonds that do not look where they point, and spins without their sign.
    group = LatticeGroup.p4m(4, spin_flip=True)
    bonds = shaken(LatticeReadout(2, 1, group, "bond"))
    bonds._sources = torch.arange(4).expand(16, 4)
    assert defect(bonds, regular(group, 2), group, "bond") > 1e-3
    spins = shaken(LatticeReadout(2, 1, group, "spin"))
    spins._signs = spins._signs.abs()
    assert defect(spins, regular(group, 2), group, "spin") > 1e-3
    scores = shaken(LatticeReadout(2, 1, group, "elements"))
    assert defect(lambda x: scores(x).roll(1, 1), regular(group, 2), group, "elements") > 1e-3


@pytest.mark.parametrize("output", OUTPUTS)
def test_gradients_and_copies(group, output, shaken):
    readout = shaken(LatticeReadout(2, 1, group, output))
    x = regular(group, 2, 2).requires_grad_()
    out = readout(x)
    out.pow(3).sum().backward()
    assert all(parameter.grad.abs().min() > 0 for parameter in readout.parameters())
    assert (x.grad.abs().amax(dim=(1, 2)) > 0).all()
    twin = copy.deepcopy(readout)
    assert torch.equal(twin(x), out)
    twin.reset_parameters()
    assert not torch.equal(twin(x), out)
    readout.load_state_dict(twin.state_dict())
    assert torch.equal(readout(x), twin(x))
    assert f"group={group.name}, output={output!r}" in repr(readout)


def test_wrong_arguments():
    group = LatticeGroup.p4m(4)
    with pytest.raises(ValueError, match=r"'LatticeReadout' expected 'output' in .* \(got 'node'\)"):
        LatticeReadout(2, 1, group, "node")
    with pytest.raises(ValueError, match=r"expected one output channel for 'elements' \(got 2\)"):
        LatticeReadout(2, 2, group, "elements")
    with pytest.raises(ValueError, match=r"'LatticeReadout' expected 'channels' to be at least 1 \(got 0\)"):
        LatticeReadout(0, 1, group)
    with pytest.raises(ValueError, match=r"'LatticeReadout' expected a function on p4m of shape"):
        LatticeReadout(2, 1, group)(torch.zeros(1, 8, 3, 4, 4))
    with pytest.raises(ValueError, match=r"'LatticeReadout' expected a lattice with axes of equal size"):
        LatticeReadout(3, 1, group)(torch.zeros(1, 8, 3, 4, 5))
