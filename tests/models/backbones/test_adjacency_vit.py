import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.canonicalizers import LearnedCanonicalizer
from pyg_symbreak.models.backbones import AdjacencyViT
from pyg_symbreak.nn import Canonicalize
from tests.models.backbones.test_vision_transformer import weights

EDGES = torch.tensor([[0, 1, 2], [1, 2, 2]])
SMALL = {"hidden_channels": 12, "num_layers": 2, "heads": 3}


def example():
    large = Data(x=torch.tensor([[1.0, 2], [3, 4], [5, 6]]), edge_index=EDGES, edge_attr=torch.tensor([7.0, 8, 9]))
    small = Data(x=torch.tensor([[1.0, 2]]), edge_index=torch.empty(2, 0, dtype=torch.long), edge_attr=torch.empty(0))
    return Batch.from_data_list([large, small])


def test_what_the_image_shows():
    image = AdjacencyViT(2, 1, max_nodes=4, patch_size=2, edge_channels=1, **SMALL).image(example())
    assert image.shape == (2, 5, 4, 4)  # adjacency, edge attribute, being a node, two features
    assert image[0, 0].nonzero().tolist() == [[0, 1], [1, 2], [2, 2]]
    assert image[0, 1].tolist() == [[0, 7, 0, 0], [0, 0, 8, 0], [0, 0, 9, 0], [0] * 4]
    for channel, values in zip(image[0, 2:], ([1.0, 1, 1, 0], [1.0, 3, 5, 0], [2.0, 4, 6, 0])):
        assert torch.equal(channel, torch.tensor(values).diag())
    assert image[1].nonzero().tolist() == [[2, 0, 0], [3, 0, 0], [4, 0, 0]]


def test_features_everywhere():
    image = AdjacencyViT(2, 1, max_nodes=4, patch_size=2, node_place="everywhere", **SMALL).image(example())
    assert image.shape == (2, 6, 4, 4)  # adjacency, being a node, two features of either node
    first, second = torch.tensor([1.0, 3, 5, 0]), torch.tensor([1.0, 1, 1, 0])
    assert torch.equal(image[0, 2], first.unsqueeze(1) * second)
    assert torch.equal(image[0, 4], first * second.unsqueeze(1))
    assert image[1, 2:].nonzero().tolist() == [[0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 0, 0]]


def test_sizes():
    assert AdjacencyViT(0, 1, max_nodes=5, patch_size=2, **SMALL).vit.image_size == 6
    model = AdjacencyViT(0, 1, max_nodes=5, patch_size=2, image_size=8, **SMALL)
    assert model.image(Data(edge_index=EDGES, num_nodes=3)).shape == (1, 2, 8, 8)
    assert "patch_size=2, node_place='diagonal'" in repr(model)


@pytest.mark.parametrize("patch", [1, 2, 4])
def test_pairs_come_from_the_patch_that_shows_them(patch):
    model = AdjacencyViT(0, 3, max_nodes=4, patch_size=patch, output="pair", **SMALL)
    data = Data(edge_index=EDGES, num_nodes=4)
    out, tokens = model(data), model.vit(model.image(data))[0, 1:]
    for i in range(4):
        for j in range(4):
            pixels = model.head(tokens[i // patch * (4 // patch) + j // patch]).view(patch, patch, 3)
            torch.testing.assert_close(out[0, i, j], pixels[i % patch, j % patch])


@pytest.mark.parametrize("patch", [1, 2, 4])
def test_nodes_come_from_their_row_and_their_column(patch):
    model = AdjacencyViT(0, 3, max_nodes=8, patch_size=patch, output="node", **SMALL)
    data = Data(edge_index=EDGES, num_nodes=3)
    used = -(-3 // patch)  # patches beyond the graph do not count
    out, grid = model(data), model.vit(model.image(data))[0, 1:].view(8 // patch, 8 // patch, 12)
    for i in range(3):
        place = i // patch
        pooled = torch.cat([grid[place, :used].mean(0), grid[:used, place].mean(0)])
        torch.testing.assert_close(out[i], model.head(pooled).view(patch, 3)[i % patch])


def test_weights_of_photographs(tmp_path):
    state = weights()
    torch.save(state, tmp_path / "vit.pth")
    model = AdjacencyViT(2, 1, max_nodes=10, patch_size=2, **SMALL)
    head = model.head.weight.clone()
    model.load_timm_state_dict(tmp_path / "vit.pth")
    assert torch.equal(model.vit.blocks[1].mlp.fc1.weight, state["blocks.1.mlp.fc1.weight"])
    assert model.vit.patch_embed.proj.weight.shape == (12, 4, 2, 2)
    assert torch.equal(model.head.weight, head)
    assert model(example()).shape == (2, 1)


@pytest.mark.parametrize("node_place", ["diagonal", "everywhere"])
def test_every_pixel_passes_gradients_to_the_scores(node_place):
    model = AdjacencyViT(2, 1, max_nodes=4, patch_size=2, node_place=node_place, **SMALL)
    canonicalizer = LearnedCanonicalizer(in_channels=2)
    use = Canonicalize(model, canonicalizer, "graph")
    use(example()).square().sum().backward()
    assert sum(float(p.grad.abs().sum()) for p in canonicalizer.parameters() if p.grad is not None) > 0


def test_errors():
    message = r"'AdjacencyViT' expected 'node_place' as 'diagonal' or 'everywhere' \(got 'row'\)"
    with pytest.raises(ValueError, match=message):
        AdjacencyViT(1, 1, 4, node_place="row")
    with pytest.raises(ValueError, match=r"'AdjacencyViT' expected 'image_size' to be at least 4 \(got 2\)"):
        AdjacencyViT(1, 1, 4, patch_size=2, image_size=2)
    with pytest.raises(ValueError, match=r"'AdjacencyViT' expected 'patch_size' to be at least 1 \(got 0\)"):
        AdjacencyViT(1, 1, 4, patch_size=0)
