"""One side of benchmarks/diffusion.py: the model code of DiGress (Vignac et al., 2023), unchanged, from a checkout.

Nothing is copied: its own training step, reverse step and optimiser run, with its own extra features. Modules that it
imports but does not need here (wandb, omegaconf) are replaced by empty ones where they are not installed. Its network
does not hand the configured width of the hidden layer of the graph stream on to its layers, which take 2048.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import sys
import types
import warnings
from types import SimpleNamespace

import torch
from torch.nn import functional as F
from torch_geometric.data import Batch, Data

EDGE_TYPES = 5  # no bond, single, double, triple, aromatic, as its QM9 has them
STUBS = {"wandb": {"run": None}, "omegaconf": {"OmegaConf": None, "open_dict": None}}


def load(folder):
    """The modules of a checkout of DiGress."""
    import pytorch_lightning  # noqa: F401  before the stand-ins: both look for modules of these names
    import torchmetrics  # noqa: F401

    missing = [name for name in STUBS if importlib.util.find_spec(name) is None]
    path = list(sys.path)
    for name in missing:
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(STUBS[name])
    sys.path[:0] = [folder, f"{folder}/src"]
    try:
        names = ("diffusion_model_discrete", "diffusion.extra_features", "diffusion.distributions")
        names += ("diffusion.diffusion_utils", "metrics.abstract_metrics")
        return SimpleNamespace(**{name.split(".")[-1]: importlib.import_module(f"src.{name}") for name in names})
    finally:
        sys.path[:] = path
        for name in missing:
            del sys.modules[name]


def one_hot(batch):
    """The batch as DiGress stores it: one-hot types, no properties."""
    graphs = []
    for graph in batch.to_data_list():
        x = F.one_hot(graph.node_type, 4).float()
        kinds = F.one_hot(graph.edge_type, EDGE_TYPES).float()
        graphs.append(Data(x=x, edge_index=graph.edge_index, edge_attr=kinds, y=torch.zeros(1, 0)))
    return Batch.from_data_list(graphs)


class DiGress:
    """Its model with its configuration of QM9 without hydrogens, at the width and depth that are asked for."""

    def __init__(self, folder, batch, width, layers, device, dropout=None):
        code = load(folder)
        self.code, self.device = code, device
        self.batch = one_hot(batch).to(device)
        sizes = torch.bincount(batch.ptr.diff())
        kinds = self.batch.edge_attr.sum(0).cpu()
        kinds[0] = (batch.ptr.diff() * (batch.ptr.diff() - 1)).sum() - kinds.sum()
        features = code.extra_features.ExtraFeatures("all", SimpleNamespace(max_n_nodes=sizes.numel() - 1))
        # Its features: 3 + 3 numbers a node, 1 + 4 + 6 a graph; and the time.
        infos = SimpleNamespace(
            input_dims={"X": 4 + 6, "E": EDGE_TYPES, "y": 12},
            output_dims={"X": 4, "E": EDGE_TYPES, "y": 0},
            nodes_dist=code.distributions.DistributionNodes(sizes.float()),
            node_types=self.batch.x.sum(0).cpu(),
            edge_types=kinds,
        )
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.model = code.diffusion_model_discrete.DiscreteDenoisingDiffusion(
                cfg=_config(width, layers),
                dataset_infos=infos,
                train_metrics=code.abstract_metrics.TrainAbstractMetricsDiscrete(),
                sampling_metrics=None,
                visualization_tools=None,
                extra_features=features,
                domain_features=code.extra_features.DummyExtraFeatures(),
            ).to(device)
        if dropout is not None:
            for module in self.model.modules():
                if isinstance(module, torch.nn.Dropout):
                    module.p = dropout
        self.optimizer = self.model.configure_optimizers()
        self.num_parameters = sum(weight.numel() for weight in self.model.parameters())

    def train(self):
        self.model.train()
        self.optimizer.zero_grad()
        self.model.training_step(self.batch, 1)["loss"].backward()
        self.optimizer.step()

    @torch.no_grad()
    def start(self, sizes):
        """The state that its sampling starts from."""
        mask = (torch.arange(int(sizes.max())) < sizes.unsqueeze(1)).to(self.device)
        noise = self.code.diffusion_utils.sample_discrete_feature_noise(self.model.limit_dist, mask)
        return noise.X, noise.E, noise.y, mask

    @torch.no_grad()
    def reverse(self, state, steps):
        """The first steps of its chain."""
        self.model.eval()
        x, e, y, mask = state
        for number in range(steps):
            t = torch.full((x.size(0), 1), float(self.model.T - number), device=self.device)
            out, _ = self.model.sample_p_zs_given_zt((t - 1) / self.model.T, t / self.model.T, x, e, y, mask)
            x, e, y = out.X, out.E, out.y


def _config(width, layers):
    return SimpleNamespace(
        general=SimpleNamespace(name="benchmark", log_every_steps=50, number_chain_steps=50),
        train=SimpleNamespace(lr=2e-4, weight_decay=1e-12),
        model=SimpleNamespace(
            diffusion_steps=500, diffusion_noise_schedule="cosine", transition="marginal", n_layers=layers,
            lambda_train=[5, 0], hidden_mlp_dims={"X": 256, "E": 128, "y": 128},
            hidden_dims={
                "dx": width["node_dim"], "de": width["pair_dim"], "dy": width["graph_dim"], "n_head": width["heads"],
                "dim_ffX": width["node_dim"], "dim_ffE": 2 * width["pair_dim"], "dim_ffy": 2 * width["graph_dim"],
            },
        ),
    )  # fmt: skip
