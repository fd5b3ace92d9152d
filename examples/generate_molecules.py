"""Train a generator on a file of SMILES strings, sample new molecules from it, and draw them.

    python examples/generate_molecules.py mols.smi

Without a file, one is made of all molecules with up to four heavy atoms. `pyg-symbreak diffusion train` does the same
with every option; a few minutes on a CPU, as here, are enough for small molecules only.
"""

import sys
import tempfile
from pathlib import Path

from pyg_symbreak.cli.diffusion.grid import draw_molecules
from pyg_symbreak.datasets.enumerate_molecules import enumerate_molecules
from pyg_symbreak.training.diffusion.config import DiffusionTrainConfig
from pyg_symbreak.training.diffusion.data import DiffusionData
from pyg_symbreak.training.diffusion.decode import decode_molecules
from pyg_symbreak.training.diffusion.fit import fit
from pyg_symbreak.training.diffusion.sampling import SampleConfig, sample_graphs
from pyg_symbreak.training.diffusion.scoring import Scorer
from pyg_symbreak.training.diffusion.sources import load_source

QUICK = "--quick"


def make_file(folder, largest):
    """All molecules of C, N and O with a few heavy atoms, as a file of SMILES strings."""
    path = Path(folder) / "molecules.smi"
    path.write_text("\n".join(enumerate_molecules(largest, ("C", "N", "O"))) + "\n")
    return path


def main(path=None, picture="molecules.png", quick=False):
    with tempfile.TemporaryDirectory() as folder:
        path = path or make_file(folder, 3 if quick else 4)
        source = load_source(str(path), root=folder)
        print(f"{len(source.splits['train'])} training molecules; left out: {dict(source.dropped) or 'none'}")

        size = {"num_layers": 2, "node_dim": 32, "pair_dim": 16, "graph_dim": 16, "heads": 4}
        if not quick:
            size = {"num_layers": 4, "node_dim": 64, "pair_dim": 32, "graph_dim": 32, "heads": 4}
        config = source.config(symmetry_breaking="sympe-exact", num_steps=20 if quick else 200, **size)
        train = DiffusionTrainConfig(
            max_steps=60 if quick else 2000,
            batch_size=64,
            learning_rate=2e-3,
            warmup_steps=20,
            ema_decay=0.9 if quick else 0.995,
        )
        data = DiffusionData(source.packed("train"), source.packed("val"))
        result = fit(config, train, data, Path(folder) / "run", progress=sys.stderr.isatty())
        print(f"{result.steps} steps in {result.seconds:.0f} s, validation NLL {result.val_nll:.2f} nats a molecule")

        graphs = sample_graphs(result.model, SampleConfig(num_graphs=100))
        scores = Scorer(source, ("validity",))(graphs, config)
    for name in ("validity", "uniqueness", "novelty"):
        print(f"{name}: {scores[name]}")
    smiles = valid_smiles(graphs, config)
    if smiles and picture:
        draw_molecules(picture, smiles[:36])
        print(f"drawn: {picture}")
    return scores, smiles


def valid_smiles(graphs, config):
    """The SMILES strings of the samples that are molecules."""
    from pyg_symbreak.metrics.molecules import check_molecules

    return [mol.smiles for mol in check_molecules(decode_molecules(graphs, config)) if mol.smiles is not None]


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != QUICK]
    main(words[0] if words else None, quick=QUICK in sys.argv)
