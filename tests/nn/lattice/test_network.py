import copy

import pytest
import torch

from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry
from pyg_symbreak.nn.lattice import LatticeBlock, LatticeConv, LatticeNetwork, LatticeReadout

OUTPUTS = ["site", "spin", "bond", "graph", "elements"]
INPUTS = {"site": 1, "spin": 2, "bond": 1}


@pytest.mark.parametrize("output", OUTPUTS)
def test_equivariant(group, defect, fields, shaken, output):
    network = shaken(LatticeNetwork(INPUTS, 3, 1 if group.dim == 3 else 2, group, output))
    assert defect(network, fields(group, INPUTS), group, output) < 1e-10


def test_equivariant_in_single_precision(group, defect, fields):
    network = LatticeNetwork(INPUTS, 4, 2, group, "spin")
    assert defect(network, fields(group, INPUTS, dtype=torch.float32), group, "spin") < 1e-4


def test_blocks_are_equivariant(group, defect, shaken):
    block = shaken(LatticeBlock(3, group))
    x = torch.randn(1, group.num_parts, 3, *group.sizes, dtype=torch.float64)
    assert defect(block, x, group, "regular") < 1e-10
    before = block.conv.weight["regular"].clone()
    block.reset_parameters()
    assert not torch.equal(before, block.conv.weight["regular"])
    assert block.norm.weight.tolist() == [1] * 3


def test_a_network_that_is_not_equivariant_is_seen(group, defect, fields, shaken):
    network = shaken(LatticeNetwork(INPUTS, 3, 1, group))
    mark = torch.zeros(group.sizes, dtype=torch.float64)
    mark.view(-1)[0] = 1

    def marked(x):
        return network({**x, "site": x["site"] + mark})

    assert defect(marked, fields(group, INPUTS), group, "site") > 1e-3


def test_symmetric_inputs_have_symmetric_outputs(shaken):
    # Uniform couplings without a field: no output but zero spins, whatever the weights.
    group = LatticeGroup.p4m(4, spin_flip=True)
    network = shaken(LatticeNetwork({"spin": 1, "bond": 1}, 4, 2, group, "spin"))
    uniform = {"spin": torch.zeros(1, 1, 4, 4), "bond": torch.ones(1, 1, 2, 4, 4)}
    out = network({name: value.double() for name, value in uniform.items()})
    assert out.abs().max() < 1e-10


@pytest.mark.parametrize("size", [3, 4, 7, 12])
def test_all_sizes(fields, size):
    network = LatticeNetwork(INPUTS, 4, 2, LatticeGroup.p4m(5), "bond", out_channels=3)
    x = fields(LatticeGroup.p4m(size), INPUTS, 2, torch.float32)
    assert network(x).shape == (2, 3, 2, size, size)


def test_lattices_do_not_see_one_another(fields):
    network = LatticeNetwork(INPUTS, 4, 2, LatticeGroup.p2mm(3, 5)).double()
    x = fields(LatticeGroup.p2mm(3, 5), INPUTS, 3)
    alone = [network({name: value[i : i + 1] for name, value in x.items()}) for i in range(3)]
    torch.testing.assert_close(network(x), torch.cat(alone), atol=1e-12, rtol=0)


def test_the_reach(fields):
    network = LatticeNetwork({"site": 1}, 4, 2, LatticeGroup.p4m(9)).double()
    x = fields(LatticeGroup.p4m(9), {"site": 1})["site"].requires_grad_()
    network({"site": x})[0, 0, 4, 4].backward()
    seen = (x.grad[0, 0] != 0).nonzero()
    assert (seen.amin(0).tolist(), seen.amax(0).tolist()) == ([1, 1], [7, 7])


def test_scores_of_an_input_move_along(fields, shaken):
    group = LatticeGroup.p4m(3, spin_flip=True)
    network = shaken(LatticeNetwork({"spin": 1, "bond": 1}, 4, 1, group, "elements"))
    x = fields(group, {"spin": 1, "bond": 1})
    g = LatticeSymmetry.random(1, group, torch.Generator().manual_seed(1))
    moved = {"spin": g.act_spins(x["spin"]), "bond": g.act_bonds(x["bond"])}
    products = (g.repeat(len(group)) @ LatticeSymmetry.all(1, group)).index
    torch.testing.assert_close(network(moved)[:, products], network(x), atol=1e-10, rtol=0)


def test_gradients_copies_and_states(fields):
    group = LatticeGroup.p4m(4, spin_flip=True)
    network = LatticeNetwork(INPUTS, 4, 2, group, "spin").double()
    x = fields(group, INPUTS, 2)
    network(x).square().sum().backward()
    assert all(parameter.grad.abs().max() > 0 for parameter in network.parameters())
    twin, other = copy.deepcopy(network), LatticeNetwork(INPUTS, 4, 2, group, "spin").double()
    assert torch.equal(twin(x), network(x))
    other.load_state_dict(network.state_dict())
    assert torch.equal(other(x), network(x))
    assert torch.equal(other.eval()(x), network.train()(x))
    other.reset_parameters()
    assert not torch.equal(other(x), network(x))
    assert network.inputs == INPUTS


def test_wrong_arguments():
    group = LatticeGroup.p4m(4)
    with pytest.raises(ValueError, match=r"'LatticeNetwork' expected 'width' to be at least 2 \(got 1\)"):
        LatticeNetwork(INPUTS, 1, 2, group)
    with pytest.raises(ValueError, match=r"'LatticeNetwork' expected 'num_layers' to be at least 0 \(got -1\)"):
        LatticeNetwork(INPUTS, 4, -1, group)
    with pytest.raises(ValueError, match=r"'LatticeNetwork' expected inputs of the kinds site, spin, bond"):
        LatticeNetwork({"h": 1}, 4, 2, group)


def test_groups_are_those_of_lattices():
    for build in (
        lambda group: LatticeNetwork(INPUTS, 4, 2, group),
        lambda group: LatticeConv(1, 1, group),
        lambda group: LatticeReadout(1, 1, group),
    ):
        with pytest.raises(TypeError, match=r"expected 'group' as a 'LatticeGroup' \(got 'PointGroup'\)"):
            build(LatticeGroup.p4m(4).point)


def test_wrong_inputs(fields):
    group = LatticeGroup.p4m(4)
    network = LatticeNetwork({"spin": 1, "bond": 1}, 4, 1, group)
    x = fields(group, {"spin": 1, "bond": 1}, 2, torch.float32)
    with pytest.raises(ValueError, match=r"'LatticeNetwork' expected the fields spin, bond \(got spin\)"):
        network({"spin": x["spin"]})
    with pytest.raises(ValueError, match=r"'LatticeNetwork' expected 'bond' of shape \[2, 1, 2, 4, 4\] \(got"):
        network({**x, "bond": x["bond"].flatten(1, 2)})
    with pytest.raises(ValueError, match=r"'LatticeNetwork' expected a lattice with axes of equal size for p4m"):
        network({name: value[..., :3] for name, value in x.items()})
    with pytest.raises(ValueError, match=r"'LatticeNetwork' expected lattices of sizes of at least 3 \(got 2x2\)"):
        network({name: value[..., :2, :2] for name, value in x.items()})
    with pytest.raises(TypeError, match=r"'LatticeNetwork' expected the fields spin, bond by name"):
        network(x["spin"])
    assert network(x, periodic=torch.tensor([True, True])).shape == (2, 1, 4, 4)
    with pytest.raises(ValueError, match=r"'LatticeNetwork' expected periodic boundaries \(got open ones\)"):
        network(x, periodic=torch.tensor([True, False]))
    with pytest.raises(ValueError, match=r"'LatticeNetwork' expected periodic boundaries \(got open ones\)"):
        network(x, periodic=False)
