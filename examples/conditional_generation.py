"""Ask a generator for molecules with a property: classifier-free guidance towards a value of logP.

A fifth of the training molecules is shown to the model without its property, so that one network is both conditional
and unconditional; guidance exaggerates the difference between its two predictions.
"""

import statistics
import sys
import tempfile

import torch
from rdkit import Chem
from rdkit.Chem.Crippen import MolLogP

from pyg_symbreak.datasets import SmallMolecules, graph_molecule
from pyg_symbreak.metrics.molecules import check_molecules
from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.training.diffusion.config import DiffusionTrainConfig
from pyg_symbreak.training.diffusion.data import DiffusionData
from pyg_symbreak.training.diffusion.decode import decode_molecules
from pyg_symbreak.training.diffusion.fit import fit
from pyg_symbreak.training.diffusion.packed import PackedGraphs
from pyg_symbreak.training.diffusion.sampling import SampleConfig, sample_graphs


def log_p(mol):
    Chem.SanitizeMol(mol)
    return MolLogP(mol)


def labelled(largest):
    """Small molecules with their logP, standardised: networks want numbers of size one."""
    dataset = SmallMolecules(max_heavy_atoms=largest)
    values = torch.tensor([log_p(graph_molecule(data, dataset.node_types)) for data in dataset])
    mean, scale = float(values.mean()), float(values.std())
    graphs = list(dataset)
    for graph, value in zip(graphs, values.tolist()):
        graph.y = torch.tensor([[(value - mean) / scale]])
    return dataset, graphs, mean, scale


def sampled_log_p(model, target, guidance, num_graphs):
    """The mean logP of valid samples, in standard deviations of the training molecules' as asked for."""
    wish = {} if target is None else {"properties": (target,), "guidance": guidance}
    graphs = sample_graphs(model, SampleConfig(num_graphs=num_graphs, **wish))
    checked = check_molecules(decode_molecules(graphs, model.config))
    values = [MolLogP(molecule.mol) for molecule in checked if molecule.mol is not None]
    return statistics.fmean(values), len(values) / num_graphs


def main(quick=False):
    dataset, graphs, mean, scale = labelled(4 if quick else 5)
    print(f"{len(graphs)} molecules, logP {mean:.2f} ± {scale:.2f}")
    config = DiffusionConfig(
        node_types=dataset.node_types,
        edge_types=("none", *dataset.bond_types),
        max_nodes=dataset.max_heavy_atoms,
        bonds=dataset.bonds,
        num_properties=1,
        property_dropout=0.2,
        num_steps=30 if quick else 200,
        num_layers=2 if quick else 4,
        node_dim=64,
        pair_dim=32,
        graph_dim=32,
        heads=4,
    )
    train = DiffusionTrainConfig(
        max_steps=200 if quick else 3000,
        batch_size=128,
        learning_rate=2e-3,
        warmup_steps=20,
        ema_decay=0.95 if quick else 0.995,
        validate_every=0,
    )
    data = DiffusionData(PackedGraphs.from_graphs(graphs, y_attr="y"))
    with tempfile.TemporaryDirectory() as folder:
        model = fit(config, train, data, folder, progress=sys.stderr.isatty()).model

    found = {}
    for target, guidance in ((None, 0.0), (-1.5, 0.0), (-1.5, 2.0), (1.5, 0.0), (1.5, 2.0)):
        found[target, guidance], valid = sampled_log_p(model, target, guidance, 100 if quick else 500)
        wish = "nothing" if target is None else f"logP {mean + target * scale:+.2f}, guidance {guidance:g}"
        print(f"asked for {wish}: mean logP {found[target, guidance]:+.2f}, {100 * valid:.0f} % valid")
    return found


if __name__ == "__main__":
    main(quick="--quick" in sys.argv)
