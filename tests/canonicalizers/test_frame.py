import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.canonicalizers import FrameCanonicalizer
from pyg_symbreak.groups import Euclidean, Orthogonal
from pyg_symbreak.groups.ragged import node_ptr
from pyg_symbreak.nn.vector import VectorFrame
from pyg_symbreak.testing import (
    assert_equivariant,
    assert_equivariant_draw,
    assert_equivariant_in_law,
)
from tests.canonicalizers.cloud_cases import GROUPS, blurred_rows, cloud, clouds, every, motions, turn_rows


def frame(dim=3, *, noise_dim=0, dtype=torch.float64, seed=0, **kwargs):
    torch.manual_seed(seed)
    network = VectorFrame(2 + noise_dim, dim, channels=8, vectors=4)
    return FrameCanonicalizer(network, dim, noise_dim=noise_dim, vectors=("vel",), **kwargs).to(dtype)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("noise_dim", [0, 2])
@pytest.mark.parametrize(("group", "special"), GROUPS)
@pytest.mark.parametrize("dim", [2, 3, 4])
def test_exactly_equivariant_given_the_noise(dim, group, special, noise_dim, training):
    canonicalizer = frame(dim, special=special, translation=group is Euclidean, noise_dim=noise_dim).train(training)
    sample = motions(group, dim, special=special)
    data = every(dim, empty=group is Orthogonal)
    assert_equivariant_draw(canonicalizer, data, sample=sample, num_samples=3, atol=1e-10)


@pytest.mark.parametrize(("group", "special"), GROUPS)
def test_single_precision(group, special):
    canonicalizer = frame(special=special, translation=group is Euclidean, dtype=torch.float32)
    sample = motions(group, 3, special=special, dtype=torch.float32)
    data = every(3, torch.float32, empty=group is Orthogonal)
    assert_equivariant_draw(canonicalizer, data, sample=sample, atol=2e-3)


def test_frames_of_the_points_do_not_depend_on_the_numbering():
    canonicalizer = frame(noise_dim=1)
    data = every(3)
    noise = canonicalizer.noise(data)
    order = motions(Orthogonal, 3, symmetric=True)(data, torch.Generator().manual_seed(0)).parts[0]
    moved = canonicalizer(order.act_data(data), noise={**noise, "vectors": order.act(noise["vectors"])})
    torch.testing.assert_close(moved.matrix, canonicalizer(data, noise=noise).matrix, rtol=0, atol=1e-10)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("name", ["point", "coincident", "collinear", "two", "coplanar", "simplex"])
def test_equivariant_in_law_on_degenerate_clouds(name, special, training):
    canonicalizer = frame(special=special, translation=True, dtype=torch.float32).train(training)
    data = clouds(3, torch.float32)[name]
    sample = motions(Orthogonal, 3, special=special, dtype=torch.float32)
    draw = blurred_rows(canonicalizer)
    assert_equivariant_in_law(draw, data, sample=sample, output=turn_rows, num_draws=400, num_samples=3)


@pytest.mark.parametrize(("dim", "group"), [(2, Orthogonal), (3, Euclidean), (4, Orthogonal)])
def test_equivariant_in_law_with_noise(dim, group):
    canonicalizer = frame(dim, noise_dim=1, translation=group is Euclidean, dtype=torch.float32)
    sample = motions(group, dim, dtype=torch.float32)
    for name in ("general", "square"):
        data = clouds(dim, torch.float32)[name]
        draw = blurred_rows(canonicalizer)
        assert_equivariant_in_law(draw, data, sample=sample, output=turn_rows, num_draws=400, num_samples=3)


def test_an_order_of_coordinates_is_not_equivariant_in_law():
    # A completion by the axes of space instead of by chance, which never fails and is always wrong.
    class Axes(FrameCanonicalizer):
        def noise(self, data, *, generator=None):
            return {"completion": torch.eye(3, dtype=data.pos.dtype).expand(node_ptr(data).numel() - 1, 3, 3)}

    draw, sample = blurred_rows(Axes(VectorFrame(1, channels=8, vectors=4).double())), motions(Orthogonal, 3)
    with pytest.raises(AssertionError, match="is not equivariant in law"):
        assert_equivariant_in_law(draw, clouds(3)["collinear"], sample=sample, output=turn_rows, num_draws=200)


def test_an_orthogonal_frame_sold_as_a_special_one_is_caught():
    data = every(3)
    honest, special = frame(), frame(special=True)
    general = clouds(3)["general"]
    noise = special.noise(general)
    assert_equivariant(lambda d: special(d, noise=noise), general, sample=motions(Orthogonal, 3, special=True))
    # Sold by its label: matrices with determinant -1 are no rotations.
    with pytest.raises(ValueError, match=r"expected determinants of one with special=True \(got a reflection\)"):
        Orthogonal(honest(data).matrix, data.ptr, special=True)

    # Sold after a repair: a turned column makes the determinant one, and the frame no longer follows reflections.
    def repaired(data):
        matrix = honest(data, noise=noise).matrix
        flip = torch.linalg.det(matrix).sign().view(-1, 1)
        return Orthogonal(torch.cat([matrix[:, :, :2], (matrix[:, :, 2] * flip).unsqueeze(2)], 2), node_ptr(data))

    for trap in (lambda d: special(d, noise=noise), repaired):
        with pytest.raises(AssertionError, match="is not equivariant"):
            assert_equivariant(trap, general, sample=motions(Orthogonal, 3))


def test_the_canonical_form_has_the_coordinates_in_the_frame():
    canonicalizer = frame(translation=True)
    data = clouds(3)["general"]
    g = canonicalizer(data)
    moved = g.inverse().act_data(data)
    torch.testing.assert_close(moved.pos.mean(0), torch.zeros(3).double())
    column = g.rotation.matrix[0, :, 1]
    torch.testing.assert_close((data.pos - data.pos.mean(0)) @ column, moved.pos[:, 1])
    vectors, _ = canonicalizer.inputs(data, {})
    first = canonicalizer.network(data, vectors)[0, 0]
    torch.testing.assert_close(g.rotation.matrix[0, :, 0], first / first.norm())


@pytest.mark.parametrize("special", [False, True])
def test_frames_are_orthogonal_and_special_ones_have_determinant_one(special):
    g = frame(special=special)(every(3))
    Orthogonal(g.matrix, g.ptr, special=special)
    assert g.special is special
    assert bool((torch.linalg.det(g.matrix) < 0).any()) is not special


def test_a_ragged_batch_never_mixes():
    canonicalizer = frame(noise_dim=2, translation=True)
    graphs = [graph for graph in clouds(3).values() if graph.num_nodes > 0]
    batch = Batch.from_data_list(graphs)
    noise = canonicalizer.noise(batch)
    together = canonicalizer(batch, noise=noise)
    for i, graph in enumerate(graphs):
        start, end = int(batch.ptr[i]), int(batch.ptr[i + 1])
        own = {"vectors": noise["vectors"][start:end], "completion": noise["completion"][i : i + 1]}
        alone = canonicalizer(graph, noise=own)
        torch.testing.assert_close(alone.rotation.matrix[0], together.rotation.matrix[i], rtol=0, atol=1e-10)
        torch.testing.assert_close(alone.translation[0], together.translation[i])


@pytest.mark.parametrize("noise_dim", [0, 1])
@pytest.mark.parametrize("special", [False, True])
def test_gradients_are_finite_and_reach_the_network_and_the_points(special, noise_dim):
    canonicalizer = frame(special=special, translation=True, noise_dim=noise_dim)
    data = every(3)
    data.pos.requires_grad_()
    moved = canonicalizer(data).inverse().act_data(data)
    (moved.pos[:, 0] + 2 * moved.pos[:, 1].square()).sum().backward()
    assert torch.isfinite(data.pos.grad).all()
    grads = [p.grad for p in canonicalizer.parameters() if p.grad is not None]
    assert all(torch.isfinite(grad).all() for grad in grads)
    assert any(grad.any() for grad in grads)


def test_noise_makes_the_frame_random_and_follows_the_generator():
    data = clouds(3)["general"]
    plain, noisy = frame(), frame(noise_dim=1, noise_scale=3.0)
    assert torch.equal(plain(data).matrix, plain(data).matrix)
    assert not torch.allclose(noisy(data).matrix, noisy(data).matrix, atol=1e-2)
    first, second = (noisy(data, generator=torch.Generator().manual_seed(1)).matrix for _ in range(2))
    assert torch.equal(first, second)
    noise = noisy.noise(data)
    assert {name: list(value.shape) for name, value in noise.items()} == {"vectors": [6, 1, 3], "completion": [1, 3, 3]}
    assert noisy.noise_kinds == {"vectors": "vector", "completion": "graph_vector"}
    assert plain.noise_kinds == {"completion": "graph_vector"}


def test_prior_loss_pulls_to_the_identity():
    canonicalizer = frame(special=True)  # no gradient leads from a reflection to the identity
    ptr = torch.tensor([0, 6])
    assert float(canonicalizer.prior_loss(Orthogonal.identity(ptr, 3))) == 0
    turn = Orthogonal(torch.diag(torch.tensor([-1.0, -1.0, 1.0])).unsqueeze(0), ptr)
    assert float(canonicalizer.prior_loss(turn)) == 8
    assert float(canonicalizer.prior_loss(Euclidean(turn, torch.ones(1, 3)))) == 8
    data = clouds(3)["general"]
    optimizer = torch.optim.Adam(canonicalizer.parameters(), lr=1e-2)
    for _ in range(150):
        loss = canonicalizer.prior_loss(canonicalizer(data))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 0.05
    with pytest.raises(TypeError, match=r"expected an orthogonal or Euclidean draw \(got 'int'\)"):
        canonicalizer.prior_loss(3)


class Fixed(torch.nn.Module):
    def __init__(self, out):
        super().__init__()
        self.out = out

    def forward(self, data, vectors):
        return self.out


def test_takes_fewer_vectors_than_dimensions():
    data = cloud(torch.randn(4, 3))
    g = FrameCanonicalizer(Fixed(torch.tensor([[[0.0, 2.0, 0.0]]]).double()))(data)
    assert g.matrix[0, :, 0].tolist() == [0.0, 1.0, 0.0]


def test_nothing_at_all():
    g = frame(translation=True)(cloud(torch.empty(0, 3)))
    Orthogonal(g.rotation.matrix)
    assert g.translation.tolist() == [[0.0, 0.0, 0.0]]


def test_reset_repr_and_errors():
    canonicalizer = frame()
    before = canonicalizer.network.head.mix.weight.clone()
    canonicalizer.reset_parameters()
    assert not torch.equal(before, canonicalizer.network.head.mix.weight)
    FrameCanonicalizer(Fixed(None)).reset_parameters()
    text = "dim=3, special=False, translation=False, vectors=('vel',), noise_dim=0, noise_scale=1.0, resolution=0.001"
    assert text in repr(canonicalizer)
    data = cloud(torch.randn(4, 3))
    for out, message in (
        (torch.ones(1, 4, 3), r"to return vectors \[1, k, 3\] with 0 < k <= 3 \(got \[1, 4, 3\]\)"),
        (torch.ones(1, 3), r"to return vectors \[1, k, 3\] with 0 < k <= 3 \(got \[1, 3\]\)"),
        (torch.full((1, 3, 3), torch.nan), r"to return finite vectors \(got NaN or infinity\)"),
    ):
        with pytest.raises(ValueError, match="'FrameCanonicalizer' expected 'network' " + message):
            FrameCanonicalizer(Fixed(out))(data)
    for kwargs, message in (
        ({"dim": 1}, r"'dim' to be at least 2 \(got 1\)"),
        ({"noise_dim": -1}, r"'noise_dim' to be at least 0 \(got -1\)"),
        ({"noise_scale": 0}, r"'noise_scale' to be positive \(got 0\)"),
        ({"resolution": -1}, r"'resolution' to be positive \(got -1\)"),
    ):
        with pytest.raises(ValueError, match="'FrameCanonicalizer' expected " + message):
            FrameCanonicalizer(Fixed(None), **kwargs)
    with pytest.raises(ValueError, match=r"'FrameCanonicalizer' expected 'data.vel' \(got \['pos'\]\)"):
        canonicalizer(Data(pos=data.pos))
