import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.canonicalizers import PrincipalAxesCanonicalizer
from pyg_symbreak.groups import Euclidean, Orthogonal
from pyg_symbreak.groups.ragged import node_ptr, segment_mean
from pyg_symbreak.nn import Symmetrize
from pyg_symbreak.testing import assert_equivariant, assert_equivariant_draw, assert_equivariant_in_law
from tests.canonicalizers.cloud_cases import GROUPS, blurred_rows, clouds, every, motions, turn_rows


@pytest.mark.parametrize(("group", "special"), GROUPS)
@pytest.mark.parametrize("dim", [2, 3, 4])
def test_exactly_equivariant_given_the_noise(dim, group, special):
    canonicalizer = PrincipalAxesCanonicalizer(dim, special=special, translation=group is Euclidean)
    sample = motions(group, dim, special=special, symmetric=False)
    data = every(dim, empty=group is Orthogonal)
    assert_equivariant_draw(canonicalizer, data, sample=sample, num_samples=3, atol=1e-10)
    assert_equivariant_draw(
        canonicalizer,
        every(dim, torch.float32, empty=group is Orthogonal),
        sample=motions(group, dim, special=special, dtype=torch.float32),
        num_samples=3,
        atol=2e-3,
    )


@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("name", ["general", "point", "coincident", "collinear", "coplanar", "square", "simplex"])
def test_equivariant_in_law(name, special):
    canonicalizer = PrincipalAxesCanonicalizer(special=special)
    data = clouds(3, torch.float32)[name]
    sample = motions(Orthogonal, 3, special=special, dtype=torch.float32)
    draw = blurred_rows(canonicalizer)
    assert_equivariant_in_law(draw, data, sample=sample, output=turn_rows, num_draws=400, num_samples=3)


def test_the_choice_of_a_sign_by_the_library_is_not_equivariant():
    # A trap: eigenvectors as they come, whose signs depend on the coordinates.
    def axes(data):
        ptr = node_ptr(data)
        covariance = segment_mean(data.pos.unsqueeze(2) * data.pos.unsqueeze(1), ptr)
        return Orthogonal(torch.linalg.eigh(covariance).eigenvectors, ptr, validate=False)

    with pytest.raises(AssertionError, match="is not equivariant"):
        assert_equivariant(axes, clouds(3)["general"], sample=motions(Orthogonal, 3))


@pytest.mark.parametrize("special", [False, True])
def test_the_signs_are_uniform_and_all_listed(special):
    data = clouds(3)["general"]
    canonicalizer = PrincipalAxesCanonicalizer(special=special)
    every = canonicalizer.elements(data)
    count = canonicalizer.num_elements
    assert count == (4 if special else 8)
    assert every.num_graphs == count
    assert every.ptr.tolist() == [6 * i for i in range(count + 1)]
    drawn = canonicalizer(Batch.from_data_list([data] * 800))
    gap = (drawn.matrix.unsqueeze(1) - every.matrix).abs().amax((2, 3))
    which = (gap < 1e-9).double()
    assert bool((which.sum(1) == 1).all())
    assert float((which.mean(0) * count - 1).abs().max()) < 5 * (count / 800) ** 0.5
    assert every.special is special
    Orthogonal(every.matrix, every.ptr, special=special)


def test_the_axes_are_those_of_the_largest_variances():
    pos = torch.tensor([[3.0, 0, 0], [-3.0, 0, 0], [0, 1.0, 0], [0, -1.0, 0], [0, 0, 2.0], [0, 0, -2.0]])
    shift = torch.tensor([5.0, -1.0, 2.0])
    canonicalizer = PrincipalAxesCanonicalizer(translation=True)
    moved = canonicalizer(Data(pos=pos + shift)).inverse().act_data(Data(pos=pos + shift))
    torch.testing.assert_close(moved.pos.abs(), pos[:, [0, 2, 1]].abs())


def test_a_degenerate_cloud_has_random_axes_in_its_eigenspaces():
    canonicalizer = PrincipalAxesCanonicalizer()
    square = clouds(3)["square"]
    g, h = canonicalizer(square).matrix[0], canonicalizer(square).matrix[0]
    assert float(g[2, 2].abs()) == pytest.approx(1)
    assert not torch.allclose(g[:2, :2].abs(), h[:2, :2].abs(), atol=1e-3)
    listed = [canonicalizer.elements(square).matrix for _ in range(2)]
    assert not torch.allclose(*listed, atol=1e-3)


def test_variances_within_the_resolution_belong_together():
    pos = torch.diag(torch.tensor([1.0, 1.005, 2.0])).double()
    data = Data(pos=torch.cat([pos, -pos]))
    fine, coarse = (PrincipalAxesCanonicalizer(resolution=r) for r in (1e-4, 1e-2))
    torch.testing.assert_close(fine(data).matrix.abs(), fine(data).matrix.abs())
    assert not torch.allclose(coarse(data).matrix.abs(), coarse(data).matrix.abs(), atol=1e-3)


def test_differences_that_are_rounding_errors_are_none():
    data = Data(pos=torch.tensor([[1000.0, 1.0], [1000.0 + 6.1e-5, 1.0]]))
    canonicalizer = PrincipalAxesCanonicalizer(dim=2)
    assert not torch.allclose(canonicalizer(data).matrix.abs(), canonicalizer(data).matrix.abs(), atol=1e-3)
    small = Data(pos=1e-12 * torch.tensor([[1.0, 1.0], [3.0, 1.0]]))
    torch.testing.assert_close(canonicalizer(small).matrix.abs(), canonicalizer(small).matrix.abs())


class Crooked(torch.nn.Module):
    def forward(self, data):
        weights = torch.tensor([[1.0, 0.3, -0.2], [0.1, 0.4, 2.0], [-1.0, 0.7, 0.0]]).double()
        return torch.tanh(data.pos @ weights + 0.3)


@pytest.mark.parametrize(("group", "special"), GROUPS)
def test_the_mean_over_all_elements_is_exactly_equivariant(group, special):
    canonicalizer = PrincipalAxesCanonicalizer(special=special, translation=group is Euclidean)
    output = "point" if group is Euclidean else "vector"
    mean = Symmetrize(Crooked(), canonicalizer, num_draws="all", output=output, inputs={"pos": "point"})
    data = Batch.from_data_list([clouds(3)[name] for name in ("general", "collinear", "general")])
    data.pos = data.pos + torch.randn(len(data.pos), 3).double()  # in general position
    sample = motions(group, 3, special=special)
    assert_equivariant(mean, data, sample=sample, output=lambda g, out: g.act_as(out, output), atol=1e-10)
    before = torch.random.get_rng_state()
    assert torch.equal(mean(data), mean(data))
    assert torch.equal(before, torch.random.get_rng_state())


def test_points_may_want_gradients_and_get_none_through_the_axes():
    data = clouds(3)["general"]
    data.pos.requires_grad_()
    g = PrincipalAxesCanonicalizer()(data)
    assert not g.matrix.requires_grad
    g.inverse().act(data.pos)[:, 0].sum().backward()
    assert torch.isfinite(data.pos.grad).all()


def test_repr_and_errors():
    text = "PrincipalAxesCanonicalizer(dim=2, special=True, translation=False, resolution=0.0001)"
    assert repr(PrincipalAxesCanonicalizer(2, special=True)) == text
    with pytest.raises(ValueError, match=r"'PrincipalAxesCanonicalizer' expected 'dim' to be at least 2 \(got 1\)"):
        PrincipalAxesCanonicalizer(1)
    with pytest.raises(ValueError, match=r"expected 'resolution' to be positive \(got 0\)"):
        PrincipalAxesCanonicalizer(resolution=0)
    with pytest.raises(ValueError, match=r"'PrincipalAxesCanonicalizer' expected 'data.pos' \(got \['x'\]\)"):
        PrincipalAxesCanonicalizer()(Data(x=torch.ones(3, 1)))
