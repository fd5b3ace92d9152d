import pytest
import torch
from torch_geometric.data import Batch

from pyg_symbreak.canonicalizers import ProductCanonicalizer, RelaxedPermutation
from pyg_symbreak.groups import Euclidean, Orthogonal, Permutation, Product
from pyg_symbreak.nn import Symmetrize
from pyg_symbreak.nn.vector import ScoreAndFrame
from pyg_symbreak.testing import assert_equivariant_draw, assert_equivariant_in_law
from tests.canonicalizers.cloud_cases import GROUPS, clouds, every, motions


def product(dim=3, *, noise_dim=0, dtype=torch.float64, seed=0, **kwargs):
    torch.manual_seed(seed)
    network = ScoreAndFrame(2 + noise_dim, dim, channels=8, vectors=4)
    return ProductCanonicalizer(network, dim, noise_dim=noise_dim, vectors=("vel",), **kwargs).to(dtype)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("group", "special"), GROUPS)
@pytest.mark.parametrize("dim", [2, 3, 4])
def test_exactly_equivariant_given_the_noise(dim, group, special, training):
    sample = motions(group, dim, special=special, symmetric=True)
    data = every(dim, empty=group is Orthogonal)
    for noise_dim in (0, 2):
        canonicalizer = product(dim, special=special, translation=group is Euclidean, noise_dim=noise_dim)
        assert_equivariant_draw(canonicalizer.train(training), data, sample=sample, num_samples=2, atol=1e-10)


class Crooked(torch.nn.Module):
    """Weights that belong to places and axes."""

    def forward(self, data):
        weights = torch.linspace(-1, 2, data.pos.numel() // data.num_graphs).view(-1, data.pos.size(1))
        return (data.pos.view(data.num_graphs, *weights.shape) * weights.to(data.pos)).sum((1, 2)).sin()


@pytest.mark.parametrize("noise_dim", [0, 1])
@pytest.mark.parametrize("name", ["general", "coincident", "collinear", "square"])
def test_equivariant_in_law(name, noise_dim):
    canonicalizer = product(translation=True, noise_dim=noise_dim)
    model = Symmetrize(Crooked(), canonicalizer, output="graph")

    def values(data):
        return model(data).view(-1, 1) + 1e-3 * torch.randn(data.num_graphs, 1).double()

    sample = motions(Euclidean, 3, symmetric=True)
    data = clouds(3)[name]
    assert_equivariant_in_law(values, data, sample=sample, output="graph", num_draws=300, num_samples=4)


def test_parts_and_gradients():
    canonicalizer = product(noise_dim=1, translation=True)
    data = every(3)
    g = canonicalizer(data)
    assert isinstance(g, Product)
    assert [type(part) for part in g.parts] == [RelaxedPermutation, Euclidean]
    moved = g.inverse().act_data(data)
    loss = (moved.pos * torch.randn(len(moved.pos), 3)).sum() + 0.1 * canonicalizer.entropy(g)
    loss.backward()
    grads = [p.grad for p in canonicalizer.parameters() if p.grad is not None]
    assert all(torch.isfinite(grad).all() for grad in grads)
    assert canonicalizer.network.score.weight.grad.any()
    assert canonicalizer.network.head.mix.weight.grad.any()
    with torch.no_grad():
        assert [type(part) for part in canonicalizer(data).parts] == [Permutation, Euclidean]
    assert type(product(straight_through=False)(data).parts[0]) is Permutation


def test_both_parts_come_from_one_noise():
    canonicalizer = product(noise_dim=1)
    data = clouds(3)["general"]
    noise = canonicalizer.noise(data)
    assert set(noise) == set(canonicalizer.noise_kinds) == {"vectors", "completion", "ties"}
    scores, vectors = canonicalizer.network(data, canonicalizer.frame.inputs(data, noise)[0])
    order, turn = canonicalizer(data, noise=noise).parts
    assert torch.equal(order.inverse().act(scores), scores.sort().values)
    first = vectors[0, 0] / vectors[0, 0].norm()
    torch.testing.assert_close(turn.matrix[0, :, 0], first)
    seeded = [canonicalizer(data, generator=torch.Generator().manual_seed(1)) for _ in range(2)]
    assert torch.equal(seeded[0].parts[1].matrix, seeded[1].parts[1].matrix)
    assert torch.equal(seeded[0].parts[0].rank, seeded[1].parts[0].rank)


def test_a_ragged_batch_never_mixes():
    canonicalizer = product(translation=True)
    graphs = [clouds(3)[name] for name in ("general", "coplanar")]
    batch = Batch.from_data_list([graphs[0], clouds(3)["point"], graphs[1]])
    noise = canonicalizer.noise(batch)
    together = canonicalizer(batch, noise=noise)
    for i, graph in ((0, graphs[0]), (2, graphs[1])):
        low, high = int(batch.ptr[i]), int(batch.ptr[i + 1])
        own = {"ties": noise["ties"][low:high], "completion": noise["completion"][i : i + 1]}
        alone = canonicalizer(graph, noise=own)
        assert torch.equal(alone.parts[0].rank, together.parts[0].rank[low:high])
        torch.testing.assert_close(
            alone.parts[1].rotation.matrix[0], together.parts[1].rotation.matrix[i], rtol=0, atol=1e-10
        )


def test_losses_on_draws():
    canonicalizer = product()
    data = every(3)
    g = canonicalizer(data)
    expected = canonicalizer.order.prior_loss(g.parts[0]) + canonicalizer.frame.prior_loss(g.parts[1])
    assert torch.equal(canonicalizer.prior_loss(g), expected)
    assert torch.equal(canonicalizer.entropy(g), canonicalizer.order.entropy(g.parts[0]))
    for loss in (canonicalizer.prior_loss, canonicalizer.entropy):
        message = r"'ProductCanonicalizer' expected a permutation and a pose \(got 'RelaxedPermutation'\)"
        with pytest.raises(TypeError, match=message):
            loss(g.parts[0])


def test_reset_repr_and_errors():
    canonicalizer = product()
    before = canonicalizer.network.score.weight.clone()
    canonicalizer.reset_parameters()
    assert not torch.equal(before, canonicalizer.network.score.weight)
    assert "temperature=0.1" in repr(canonicalizer)
    assert "vectors=('vel',)" in repr(canonicalizer)

    class Wrong(torch.nn.Module):
        def forward(self, data, vectors):
            return vectors[:, 0, :2], torch.zeros(1, 3, 3)

    with pytest.raises(ValueError, match=r"expected .* 6 scores \(got \[6, 2\]\)"):
        ProductCanonicalizer(Wrong())(clouds(3)["general"])
    with pytest.raises(ValueError, match=r"expected 'dim' to be at least 2 \(got 1\)"):
        ProductCanonicalizer(Wrong(), 1)
    with pytest.raises(ValueError, match=r"expected 'temperature' to be positive \(got 0\)"):
        ProductCanonicalizer(Wrong(), temperature=0)
