import copy

import pytest
import torch

from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry
from pyg_symbreak.nn.lattice import LatticeConv
from pyg_symbreak.nn.lattice.filters import filter_sources

ALL = {"site": 2, "spin": 1, "bond": 2}


def regular(group, channels, batch=1, dtype=torch.float64):
    return torch.randn(batch, group.num_parts, channels, *group.sizes, dtype=dtype)


@pytest.mark.parametrize("kernel_size", [1, 3, 5])
def test_equivariant(group, defect, shaken, kernel_size):
    if group.dim == 3 and kernel_size == 5:
        kernel_size = 1
    conv = shaken(LatticeConv(2, 3, group, kernel_size))
    assert conv(regular(group, 2, 4)).shape == (4, group.num_parts, 3, *group.sizes)
    assert defect(conv, regular(group, 2), group, "regular") < 1e-10


@pytest.mark.parametrize("inputs", [{"site": 2}, {"spin": 2}, {"bond": 2}, ALL])
def test_lifting_is_equivariant(group, defect, fields, shaken, inputs):
    lift = shaken(LatticeConv(inputs, 3, group, 3))
    assert lift(fields(group, inputs, 4)).shape == (4, group.num_parts, 3, *group.sizes)
    assert defect(lift, fields(group, inputs), group, "regular") < 1e-10


def test_equivariant_in_single_precision(group, defect, fields):
    lift, conv = LatticeConv(ALL, 4, group), LatticeConv(4, 4, group)
    x = fields(group, ALL, dtype=torch.float32)
    assert defect(lambda x: conv(lift(x)), x, group, "regular") < 1e-4


def plain(conv, x):
    """The sum of the docstring, one term after the other."""
    group, radius, parts = conv.group, conv.kernel_size // 2, conv.group.num_parts
    weight, (height, width) = conv.weight["regular"], x.shape[-2:]
    side = conv.kernel_size
    out = torch.zeros(x.size(0), parts, conv.out_channels, height, width, dtype=x.dtype)
    for p in range(parts):
        for q in range(parts):
            for dx in range(-radius, radius + 1):
                for dy in range(-radius, radius + 1):
                    back = group.matrices[p].t() @ torch.tensor([dx, dy]) + radius
                    part = int(group.table[group.inverses[p], q])
                    matrix = weight[:, (part * side + int(back[1])) * side + int(back[0])]
                    seen = x[:, q].roll((-dy, -dx), (-2, -1))
                    out[:, p] += torch.einsum("oc,bchw->bohw", matrix, seen)
    return out + conv.bias.view(-1, 1, 1)


@pytest.mark.parametrize(("size", "kernel_size"), [(5, 3), (4, 5), (3, 3), (3, 7), (3, 9)])
def test_the_formula_on_lattices_of_all_sizes(shaken, size, kernel_size):
    group = LatticeGroup.p4(size) if kernel_size > 3 else LatticeGroup.p4m(size)
    conv = shaken(LatticeConv(2, 3, group, kernel_size))
    x = regular(group, 2, 2)
    torch.testing.assert_close(conv(x), plain(conv, x), atol=1e-10, rtol=0)


def test_kernels_larger_than_the_lattice_are_equivariant(defect, fields, shaken):
    for group in (LatticeGroup.p4m(3, spin_flip=True), LatticeGroup.p2mm(3, 5)):
        conv = shaken(LatticeConv(1, 2, group, 9))
        assert defect(conv, regular(group, 1), group, "regular") < 1e-10
        lift = shaken(LatticeConv(ALL, 2, group, 9))
        assert defect(lift, fields(group, ALL), group, "regular") < 1e-10


def test_a_lift_by_hand():
    # One part: the filter is the weight itself, and a bond within the kernel is seen from both of its ends.
    lift = LatticeConv({"bond": 1}, 1, LatticeGroup.p1(5), 3, bias=False).double()
    with torch.no_grad():
        lift.weight["bond"].copy_(torch.tensor([1.0, 10.0, 100.0, 1000.0]).view(1, 4, 1))
    bonds = torch.zeros(1, 1, 1, 5, dtype=torch.float64)
    bonds[..., 2] = 1  # between sites 2 and 3
    # Site u sees bonds (u-2, u-1), (u-1, u), (u, u+1), (u+1, u+2); the middle two from both ends.
    assert lift({"bond": bonds}).view(5).tolist() == [0, 1000, 200, 20, 1]


def dense_matrix(function, size):
    """The matrix of a linear map on flat inputs."""
    return torch.stack([function(column).flatten() for column in torch.eye(size, dtype=torch.float64)], 1)


@pytest.mark.parametrize("kind", ["site", "spin", "bond", "regular"])
@pytest.mark.parametrize("name", ["p4m", "p2mm flip", "p1"])
def test_the_most_general_map(kind, name):
    """The dimension of equivariant maps of that reach, from a null space, is the number of weights."""
    group = {
        "p4m": LatticeGroup.p4m(5),
        "p2mm flip": LatticeGroup.p2mm(5, 5, spin_flip=True),
        "p1": LatticeGroup.p1(5, 5),
    }[name]
    # An equivariant map is known from its value at part 0 and site 0, an arbitrary covector: count the places it may
    # see. That places are independent is seen from the rank of the map from weights to covectors.
    conv = LatticeConv(1 if kind == "regular" else {kind: 1}, 1, group, 3, bias=False).double()
    lead = {"regular": (group.num_parts, 1), "bond": (1, 2)}.get(kind, (1,))
    total = torch.Size([*lead, 5, 5]).numel()

    def covector(weights):
        with torch.no_grad():
            conv.weight[kind].copy_(weights.view_as(conv.weight[kind]))
            every = torch.eye(total, dtype=torch.float64).view(total, *lead, 5, 5)
            return conv(every if kind == "regular" else {kind: every})[:, 0, 0, 2, 2]

    number = conv.weight[kind].numel()
    seen = dense_matrix(covector, number)
    places = 9 * group.num_parts if kind == "regular" else 24 if kind == "bond" else 9
    assert number == places
    assert torch.linalg.matrix_rank(seen) == places
    assert int((seen.abs().sum(1) > 0).sum()) == places


@pytest.mark.parametrize("kind", ["site", "bond"])
def test_the_dimension_of_all_equivariant_maps(kind):
    """With a kernel as large as the lattice these are all equivariant maps: their number from a null space."""
    group = LatticeGroup.p4(3)
    lead = (1, 2) if kind == "bond" else (1,)
    rows, columns = len(group), torch.Size([*lead, 3, 3]).numel()
    basis = torch.eye(columns, dtype=torch.float64).view(columns, *lead, 3, 3)
    constraints = []
    for number in (1, 3, 9):  # translations and a quarter turn generate the group
        source = LatticeSymmetry(torch.full((columns,), number), group)
        a = source.act_as(basis, "bond" if kind == "bond" else "dense").flatten(1).t()
        target = LatticeSymmetry(torch.full((rows,), number), group)
        b = target.act_regular(torch.eye(rows, dtype=torch.float64).view(rows, 4, 3, 3)).flatten(1).t()
        # M A = B M, for M written row by row
        eye = torch.eye
        constraints.append(
            torch.kron(eye(rows, dtype=torch.float64), a.t().contiguous())
            - torch.kron(b.contiguous(), eye(columns, dtype=torch.float64))
        )
    stacked = torch.cat(constraints)
    dimension = rows * columns - int(torch.linalg.matrix_rank(stacked.t() @ stacked, hermitian=True))
    assert dimension == columns
    conv = LatticeConv({kind: 1}, 1, group, 3, bias=False).double()

    def matrix(weights):
        with torch.no_grad():
            conv.weight[kind].copy_(weights.view_as(conv.weight[kind]))
            return conv({kind: basis})

    # On 3 × 3 sites the outer bonds of the kernel coincide with others: weights span all maps.
    assert torch.linalg.matrix_rank(dense_matrix(matrix, conv.weight[kind].numel())) == dimension


def planted(kind, wrong):
    """A convolution whose filter bank is wrong in one way."""
    group = LatticeGroup.p4m(4, spin_flip=True)
    conv = LatticeConv(2 if kind == "regular" else {kind: 2}, 3, group, 3).double()
    size = conv.weight[kind].size(1)
    if wrong == "input parts stay":  # spatial turns alone
        sources = torch.arange(16).view(1, 16, 1) * 9 + filter_sources(group, 3, "site").view(16, 1, 9)
    elif wrong == "sites stay":  # parts alone
        sources = (filter_sources(group, 3, "regular").view(16, 16, 9) // 9) * 9 + torch.arange(9)
    elif wrong == "turned the other way":
        sources = filter_sources(group, 3, "regular")[group.inverses].view(16, 16, 9)
    elif wrong == "bonds as sites":
        sources = torch.arange(4).view(1, 4, 1) * 9 + filter_sources(group, 3, "site").view(16, 1, 9)
        with torch.no_grad():
            conv.weight[kind] = torch.nn.Parameter(torch.randn(3, 36, 2, dtype=torch.float64))
            size = 36
    else:  # spins without their sign
        conv._signs = torch.ones_like(conv._signs)
        return conv
    rows = sources.view(16, 1, -1, 9).transpose(2, 3) + (torch.arange(3) * size).view(-1, 1, 1)
    setattr(conv, f"_{kind}_rows", rows.flatten())
    return conv


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("regular", "input parts stay"),
        ("regular", "sites stay"),
        ("regular", "turned the other way"),
        ("bond", "bonds as sites"),
        ("spin", "without sign"),
    ],
)
def test_wrong_filters_are_seen(defect, fields, kind, wrong):
    conv = planted(kind, wrong)
    x = regular(conv.group, 2) if kind == "regular" else fields(conv.group, {kind: 2})
    assert defect(conv, x, conv.group, "regular") > 1e-3


def test_gradients(fields, shaken):
    group = LatticeGroup.p4m(3)
    lift = shaken(LatticeConv({"spin": 1, "bond": 1}, 2, group))
    x = {name: value.requires_grad_() for name, value in fields(group, {"spin": 1, "bond": 1}).items()}
    names, values = list(x), list(x.values())
    weights = list(lift.parameters())
    assert torch.autograd.gradcheck(lambda *values: lift(dict(zip(names, values)))[:, :, :, 0], values)
    lift(x).square().sum().backward()
    assert all(weight.grad.abs().min() > 0 for weight in weights)
    conv = shaken(LatticeConv(2, 2, group))
    conv(lift(x)).square().sum().backward()
    assert all(weight.grad.abs().min() > 0 for weight in conv.parameters())
    assert all(value.grad.abs().max() > 0 for value in values)


def test_copies_and_states():
    group = LatticeGroup.p4m(4, spin_flip=True)
    conv, other = LatticeConv(2, 3, group).double(), LatticeConv(2, 3, group).double()
    x = regular(group, 2)
    twin = copy.deepcopy(conv)
    assert torch.equal(twin(x), conv(x))
    assert not torch.equal(other(x), conv(x))
    assert set(conv.state_dict()) == {"weight.regular", "bias"}
    other.load_state_dict(conv.state_dict())
    assert torch.equal(other(x), conv(x))
    twin.reset_parameters()
    assert not torch.equal(twin(x), conv(x))


def test_other_sizes_and_other_layouts():
    conv = LatticeConv(2, 3, LatticeGroup.p4m(4)).double()
    x = regular(LatticeGroup.p4m(7), 2, 3)
    expected = conv(x)
    assert expected.shape == (3, 8, 3, 7, 7)
    sites_first = x.permute(0, 3, 4, 1, 2).contiguous().permute(0, 3, 4, 1, 2)
    torch.testing.assert_close(conv(sites_first), expected, atol=1e-12, rtol=0)
    torch.testing.assert_close(conv(x[1:2]), expected[1:2], atol=1e-12, rtol=0)
    assert LatticeConv(2, 3, LatticeGroup.p4m(4)).double().bias is not None
    assert conv(x[:0]).shape == (0, 8, 3, 7, 7)


def test_variances_at_the_start(fields):
    group = LatticeGroup.p4m(8)
    channels = {"site": 3, "spin": 2, "bond": 4}
    lift, conv = LatticeConv(channels, 64, group), LatticeConv(64, 64, group)
    lifted = lift(fields(group, channels, 16, torch.float32))
    # Weights of bonds within the kernel are shared by two places, whose inputs are equal too: up to twice as much.
    assert 1 < lifted.var() < 2
    normal = torch.randn(4, 8, 64, 8, 8)
    assert conv(normal.relu()).detach().square().mean().item() == pytest.approx(1, rel=0.2)
    assert not conv.bias.any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 1), r"expected 'in_channels' to be at least 1 \(got 0\)"),
        ((1, 0), r"expected 'out_channels' to be at least 1 \(got 0\)"),
        (({"nodes": 1}, 1), r"expected inputs of the kinds site, spin, bond \(got nodes\)"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=f"'LatticeConv' {message}"):
        LatticeConv(*arguments, LatticeGroup.p4(4))


def test_wrong_kernels_and_inputs():
    group = LatticeGroup.p4(4)
    with pytest.raises(ValueError, match=r"'LatticeConv' expected an odd 'kernel_size', .* \(got 4\)"):
        LatticeConv(1, 1, group, 4)
    with pytest.raises(ValueError, match=r"expected 'kernel_size' to be at least 1 \(got -1\)"):
        LatticeConv(1, 1, group, -1)
    with pytest.raises(ValueError, match=r"expected a lattice of 1, 2 or 3 dimensions \(got 4\)"):
        LatticeConv(1, 1, LatticeGroup.p1(3, 3, 3, 3))
    with pytest.raises(TypeError, match=r"'LatticeConv' expected a function on the group \(got 'dict'\)"):
        LatticeConv(1, 1, group)({})
    with pytest.raises(TypeError, match=r"'LatticeConv' expected the fields site by name \(got 'Tensor'\)"):
        LatticeConv({"site": 1}, 1, group)(torch.zeros(1, 1, 4, 4))
    with pytest.raises(ValueError, match=r"'LatticeConv' expected a lattice with axes of equal size for p4,"):
        LatticeConv(1, 1, group)(torch.zeros(1, 4, 1, 4, 5))


def test_repr():
    conv = LatticeConv({"spin": 1}, 2, LatticeGroup.p4m(4, spin_flip=True), bias=False)
    assert "{'spin': 1}, 2, group=p4m1', kernel_size=3, bias=False" in repr(conv)
