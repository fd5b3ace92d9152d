"""A network that only ever saw upright images, made to read them in every pose of the square (the group D4).

The backbone is trained once, on upright letters, and then left alone. `Canonicalize` turns each image before the
backbone sees it: `EnergyCanonicalizer` compares the energies of its eight poses, and a loss on the poses of upright
images (no labels) teaches it which way is up. `Symmetrize` averages over the whole group, at eight times the work; it
needs a backbone that was trained to be averaged. All of them give the same answer in every pose, right or wrong, but
for the odd image whose two best poses have the same energy.
"""

import torch

from pyg_symbreak.canonicalizers import EnergyCanonicalizer
from pyg_symbreak.datasets import Glyphs
from pyg_symbreak.groups import FiniteOrthogonal, PointGroup
from pyg_symbreak.nn import Canonicalize, Symmetrize

D4 = PointGroup.dihedral(4)


def cnn(out_channels, width=16):
    """A small convolutional network without any symmetry but that of shifts."""
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, width, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(width, 2 * width, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(2 * width * 16, out_channels),
    )


def train(module, images, loss_of, epochs, rate=3e-3):
    """Minimize a loss over batches of images."""
    optimizer = torch.optim.Adam(module.parameters(), lr=rate)
    for _ in range(epochs):
        for batch in torch.randperm(images.size(0)).split(50):
            optimizer.zero_grad()
            loss_of(images[batch], batch).backward()
            optimizer.step()


@torch.no_grad()
def scores(model, upright, turned, labels):
    """Accuracy on upright and on turned images, and the share of answers that a turn changes."""
    model.eval()
    before, after = (model(images).argmax(1) for images in (upright, turned))
    return {
        "upright": float((before == labels).float().mean()),
        "turned": float((after == labels).float().mean()),
        "changed": float((before != after).float().mean()),
    }


def main(num_images=1000, epochs=6):
    torch.manual_seed(0)
    data, test = Glyphs(num_graphs=num_images), Glyphs(split="test", num_graphs=300)
    images, labels = data.images, data.labels
    turned = FiniteOrthogonal.random(torch.arange(301), D4).act_dense(test.images)

    backbone = cnn(len(data.classes))
    train(backbone, images, lambda x, rows: torch.nn.functional.cross_entropy(backbone(x), labels[rows]), epochs)
    models = {"plain CNN": backbone}

    untrained = EnergyCanonicalizer(cnn(1, 8), D4)
    models["Canonicalize, random energy"] = Canonicalize(backbone, untrained, output="graph")

    canonicalizer = EnergyCanonicalizer(cnn(1, 8), D4)
    train(canonicalizer, images, lambda x, rows: canonicalizer.prior_loss(canonicalizer(x)), epochs)
    models["Canonicalize, upright prior"] = Canonicalize(backbone, canonicalizer, output="graph")

    models["Symmetrize, all of D4"] = Symmetrize(backbone, canonicalizer, num_draws="all", output="graph")
    together = Symmetrize(cnn(len(data.classes)), canonicalizer, num_draws="all", output="graph")
    train(together, images, lambda x, rows: torch.nn.functional.cross_entropy(together(x), labels[rows]), epochs)
    models["Symmetrize, trained like that"] = together

    table = {name: scores(model, test.images, turned, test.labels) for name, model in models.items()}
    print(f"{'':30s} {'upright':>8s} {'turned':>8s} {'changed by turning':>20s}")
    for name, row in table.items():
        print(f"{name:30s} {row['upright']:8.1%} {row['turned']:8.1%} {row['changed']:20.1%}")
    return table


if __name__ == "__main__":
    main()
