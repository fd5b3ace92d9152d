r"""The graph generator: noise, denoiser, symmetry breaking, likelihood and samplers in one module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from pyg_symbreak.canonicalizers import Canonicalizer
from pyg_symbreak.models.diffusion.breaking import Draw, SymmetryBreaking
from pyg_symbreak.models.diffusion.categorical import uniform
from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.models.diffusion.denoiser import GraphTransformer
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.features import make_features
from pyg_symbreak.models.diffusion.flow import flow
from pyg_symbreak.models.diffusion.guidance import guided
from pyg_symbreak.models.diffusion.likelihood import Denoise, corrupt_graph, stratified_steps, variational_bound
from pyg_symbreak.models.diffusion.samplers import ancestral, counted, initial_state
from pyg_symbreak.models.diffusion.schedule import NoiseSchedule
from pyg_symbreak.models.diffusion.sizes import SizeHistogram
from pyg_symbreak.models.diffusion.transition import make_transition

SAMPLERS = ("ancestral", "flow")


class GraphDiffusion(torch.nn.Module):
    r"""A generator of graphs with typed nodes and edges by discrete diffusion, after `"DiGress"
    <https://arxiv.org/abs/2209.14734>`_, with symmetry breaking after `"Improving Equivariant Networks with
    Probabilistic Symmetry Breaking" <https://arxiv.org/abs/2503.21985>`_.

    Noise :math:`q(x_t \mid x_0)` acts on every node and pair by itself, and a graph transformer
    :math:`p_\theta(x_0 \mid x_t, \tilde g)` predicts the clean types; :math:`\tilde g` is drawn from the noisy graph at
    every step, or once from the clean graph (``draw_from``). In the latter case :math:`\tilde g` is a latent variable
    with the uniform prior :math:`1 / n!` and the posterior :math:`q(\tilde g \mid x_0)` of the canonicalizer, and

    .. math::
        -\log p(x_0) \le \mathbb{E}_{q(\tilde g \mid x_0)}[-\log p_\theta(x_0 \mid \tilde g)
        + \log n! + \log q(\tilde g \mid x_0)]

    bounds the likelihood of the labelled graph, as comparable as that of a generator without symmetry breaking. Both
    are exchangeable: a relabelled graph is as likely as the graph.

    Args:
        config: The hyper-parameters.
        sizes: The law of the number of nodes; by default every size up to ``max_nodes`` alike.
        node_prior: The frequencies of the node types, for the marginal transition; by default all alike.
        edge_prior: The frequencies of the types of pairs.
        canonicalizer: A draw of your own, instead of the one that ``config`` names.

    .. code-block:: python

        >>> config = DiffusionConfig(
        ...     ("C", "O"), ("none", "single"), max_nodes=4, num_layers=1, node_dim=16, pair_dim=8, graph_dim=8, heads=2
        ... )
        >>> model = GraphDiffusion(config)
        >>> graphs = model.sample(3, steps=5)
        >>> graphs.num_graphs
        3
        >>> bool(model.loss(graphs)["loss"] > 0)
        True
    """

    def __init__(
        self,
        config: DiffusionConfig,
        sizes: SizeHistogram | None = None,
        node_prior: Tensor | None = None,
        edge_prior: Tensor | None = None,
        canonicalizer: Canonicalizer | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        kinds = len(config.node_types), len(config.edge_types)
        self.sizes = sizes or SizeHistogram(F.pad(torch.ones(config.max_nodes), (1, 0)))
        self.schedule = NoiseSchedule(config.num_steps, config.schedule)
        self.node_transition = make_transition(config.transition, kinds[0], node_prior)
        self.edge_transition = make_transition(config.transition, kinds[1], edge_prior)
        options: dict[str, Any] = {"num_steps": config.rrwp_steps}
        if "molecular" in config.features:
            options |= {name: getattr(config, name) for name in ("valences", "weights", "bond_orders")}
            options["explicit_hydrogens"] = "H" in config.node_types
        self.features = make_features(config.features, num_edge_types=kinds[1], **options)
        self.breaking = SymmetryBreaking(config, canonicalizer)
        self.network = GraphTransformer(
            (self.node_transition.num_states, self.edge_transition.num_states),
            kinds,
            (
                self.features.node_dim + self.breaking.node_dim,
                self.features.pair_dim + self.breaking.pair_dim,
                self.features.graph_dim + 2 * config.num_properties,
            ),
            (config.node_dim, config.pair_dim, config.graph_dim),
            config.num_layers,
            config.heads,
            config.dropout,
        )

    @classmethod
    def from_graphs(
        cls, config: DiffusionConfig, graph: DenseGraph, canonicalizer: Canonicalizer | None = None
    ) -> GraphDiffusion:
        r"""Build a generator with the sizes and frequencies of training graphs.

        Raises:
            ValueError: If a graph is larger than ``max_nodes`` or has a type outside the alphabet.
        """
        graph.validate(len(config.node_types), len(config.edge_types))
        nodes = torch.bincount(graph.x[graph.mask], minlength=len(config.node_types))
        pairs = torch.bincount(graph.e[graph.pair_mask], minlength=len(config.edge_types))
        sizes = SizeHistogram.of(graph.num_nodes, config.max_nodes)
        return cls(config, sizes, nodes, pairs if int(pairs.sum()) else None, canonicalizer)

    @property
    def num_parameters(self) -> int:
        r"""The number of weights."""
        return sum(weight.numel() for weight in self.parameters())

    def predict(
        self,
        graph: DenseGraph,
        time: Tensor,
        draw: Draw | None = None,
        y: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> tuple[Tensor, Tensor]:
        r"""Predict the clean graph.

        Args:
            graph: Noisy graphs.
            time: Their times :math:`t / T`, ``[B]``.
            draw: The drawn elements; by default they are drawn from the noisy graphs.
            y: Properties to condition on, ``[B, num_properties]``, NaN where there is nothing to ask for.
            generator: The source of randomness.

        Returns:
            Logits of the types, ``[B, n, Kx]`` and ``[B, P, Ke]``.
        """
        nodes, pairs, graphs = self.features(graph)
        vectors = self.breaking(graph, time, draw, generator)
        return self.network(  # type: ignore[no-any-return]
            graph,
            time,
            _cat(nodes, vectors[0]),
            _cat(pairs, vectors[1]),
            _cat(graphs, self._properties(graph, y)),
        )

    def _properties(self, graph: DenseGraph, y: Tensor | None) -> Tensor | None:
        count = self.config.num_properties
        if count == 0:
            return None
        if y is None:
            y = torch.full((graph.num_graphs, count), float("nan"), device=graph.x.device)
        if tuple(y.shape) != (graph.num_graphs, count):
            raise ValueError(
                f"'GraphDiffusion' expected 'y' of shape {[graph.num_graphs, count]} (got {list(y.shape)})"
            )
        known = ~y.isnan()
        return torch.cat([torch.where(known, y, 0.0), known.to(y.dtype)], dim=1).to(self.network.node_out.weight.dtype)

    def loss(self, graph: DenseGraph, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        r"""Return the training loss at random times.

        .. math::
            \mathrm{mean}_i \, \mathrm{CE}(x_i) + \lambda \, \mathrm{mean}_{ij} \, \mathrm{CE}(e_{ij})

        Args:
            graph: Graphs of the data.
            generator: The source of randomness of times, noise and draws.

        Returns:
            ``"loss"``, to be minimised, and its parts ``"node"`` and ``"pair"``, all scalars.
        """
        self._check(graph)
        t = stratified_steps(graph.num_graphs, self.config.num_steps, 1, generator, graph.x.device)[0]
        draw = self.breaking.draw(graph, generator) if self.config.held else None
        noisy = corrupt_graph(graph, self.schedule.at(t), self.node_transition, self.edge_transition, generator)
        x, e = self.predict(noisy, self.schedule.time(t), draw, self._hide(graph.y, generator), generator)
        node = F.cross_entropy(x[graph.mask].float(), graph.x[graph.mask])
        pair = e.new_zeros(())
        if bool(graph.pair_mask.any()):
            pair = F.cross_entropy(e[graph.pair_mask].float(), graph.e[graph.pair_mask])
        return {"loss": node + self.config.edge_weight * pair, "node": node.detach(), "pair": pair.detach()}

    def _hide(self, y: Tensor | None, generator: torch.Generator | None) -> Tensor | None:
        if self.config.num_properties == 0 or y is None:
            return None
        hidden = uniform((y.size(0), 1), y.device, generator) < self.config.property_dropout
        return y.masked_fill(hidden, float("nan"))

    @torch.no_grad()
    def likelihood(
        self, graph: DenseGraph, num_draws: int = 1, generator: torch.Generator | None = None
    ) -> dict[str, Tensor]:
        r"""Bound the negative log-likelihood of labelled graphs from above, without bias.

        Args:
            graph: Graphs of the data.
            num_draws: Times drawn for each graph.
            generator: The source of randomness.

        Returns:
            Per graph, ``[B]``: ``"nll"`` in nats, ``"nll_digress"`` (pairs counted twice, as the code of DiGress does),
            and the parts that :func:`~pyg_symbreak.models.diffusion.likelihood.variational_bound` names; ``"draw"`` is
            :math:`\log n! + \log q(\tilde g \mid x_0)` for a draw that is held, else zero.
        """
        self._check(graph)
        draw = self.breaking.draw(graph, generator) if self.config.held else None
        cost = torch.zeros(graph.num_graphs, dtype=torch.float64, device=graph.x.device)
        if self.config.held:
            cost = torch.lgamma(graph.num_nodes.double() + 1) + self.breaking.log_prob(graph, draw)
        bound = variational_bound(
            graph,
            self._denoise(draw, None, generator),
            self.node_transition,
            self.edge_transition,
            self.schedule,
            log_size=self.sizes.log_prob(graph.num_nodes),
            num_draws=num_draws,
            generator=generator,
        )
        return {**bound, "draw": cost, **{name: bound[name] + cost for name in ("nll", "nll_digress")}}

    @torch.no_grad()
    def sample(
        self,
        num_graphs: int | None = None,
        *,
        sizes: Tensor | None = None,
        steps: int | None = None,
        sampler: str = "ancestral",
        y: Tensor | None = None,
        guidance: float = 0.0,
        batch_size: int = 512,
        generator: torch.Generator | None = None,
        progress: Callable[[int], object] | None = None,
        **options: Any,
    ) -> DenseGraph:
        r"""Generate graphs.

        Args:
            num_graphs: How many; their sizes follow the training graphs.
            sizes: The sizes instead, ``[num_graphs]``.
            steps: Steps of the sampler; by default all of the ancestral sampler, 50 of the flow.
            sampler: ``"ancestral"``, or ``"flow"``, made for few steps.
            y: Properties to condition on, ``[num_properties]`` or ``[num_graphs, num_properties]``.
            guidance: The scale :math:`w` of classifier-free guidance: logits ``free + w * (conditional - free)``; 0 for
                none, which is the conditional prediction alone.
            batch_size: Graphs that are generated together.
            generator: The source of randomness.
            progress: Called with the number of graphs times steps that are done since the last call.
            **options: Further arguments of :func:`~pyg_symbreak.models.diffusion.flow.flow`.

        Returns:
            The graphs, on the CPU, in random order of their nodes.

        Raises:
            ValueError: If neither or both of the numbers are given, a size is out of range or an option is unknown.
        """
        if sampler not in SAMPLERS:
            raise ValueError(f"'GraphDiffusion.sample' expected 'sampler' in {SAMPLERS} (got {sampler!r})")
        sizes = self._sizes(num_graphs, sizes, generator)
        targets = None if y is None else torch.as_tensor(y, dtype=torch.float32).to(sizes.device)
        if targets is not None:
            targets = targets.expand(sizes.numel(), -1) if targets.dim() == 1 else targets
        steps = steps or (self.config.num_steps if sampler == "ancestral" else 50)
        was_training = self.training
        self.eval()
        # Graphs of like sizes together: little padding, and the result is put back into its order.
        order = torch.argsort(sizes, stable=True)
        parts: list[DenseGraph] = []
        for chosen in torch.split(order, batch_size):
            state = initial_state(sizes[chosen], self.node_transition, self.edge_transition, generator=generator)
            draw = self.breaking.draw_prior(state, generator) if self.config.held else None
            denoise = self._denoise(draw, None if targets is None else targets[chosen], generator, guidance)
            run = ancestral if sampler == "ancestral" else flow
            both = (self.node_transition, self.edge_transition)
            told = None if progress is None else counted(chosen.numel(), progress)
            out = run(state, denoise, *both, self.schedule, steps, generator=generator, progress=told, **options)
            parts.append(out.to("cpu"))
        self.train(was_training)
        return DenseGraph.cat(parts).select(torch.argsort(order).to("cpu"))

    def _denoise(
        self, draw: Draw | None, y: Tensor | None, generator: torch.Generator | None, guidance: float = 0.0
    ) -> Denoise:
        def denoise(graph: DenseGraph, time: Tensor) -> tuple[Tensor, Tensor]:
            # One draw for both predictions of a guided step: they then differ by the properties only.
            shared = draw or self.breaking.draw(graph, generator)

            def predict(y: Tensor | None) -> Denoise:
                return lambda graph, time: self.predict(graph, time, shared, y, generator)

            if not guidance or y is None:
                return predict(y)(graph, time)
            return guided(predict(y), predict(None), guidance)(graph, time)

        return denoise

    def _sizes(self, num_graphs: int | None, sizes: Tensor | None, generator: torch.Generator | None) -> Tensor:
        if (num_graphs is None) == (sizes is None):
            raise ValueError("'GraphDiffusion.sample' expected either 'num_graphs' or 'sizes' (got both or neither)")
        if num_graphs is not None and num_graphs < 1:
            raise ValueError(f"'GraphDiffusion.sample' expected 'num_graphs' to be at least 1 (got {num_graphs})")
        if sizes is None:
            assert num_graphs is not None
            return self.sizes.sample(num_graphs, generator)
        sizes = torch.as_tensor(sizes).to(self.sizes.probability.device)
        if sizes.numel() == 0 or not 1 <= int(sizes.min()) <= int(sizes.max()) <= self.config.max_nodes:
            raise ValueError(
                f"'GraphDiffusion.sample' expected 'sizes' in 1 … {self.config.max_nodes}, the largest of training "
                f"(got {sizes.tolist()[:8]})"
            )
        return sizes

    def _check(self, graph: DenseGraph) -> None:
        if graph.x.size(1) > self.config.max_nodes:
            raise ValueError(
                f"'GraphDiffusion' expected graphs padded to at most {self.config.max_nodes} nodes "
                f"(got {graph.x.size(1)})"
            )

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


def _cat(left: Tensor | None, right: Tensor | None) -> Tensor | None:
    if left is None or right is None:
        return left if right is None else right
    return torch.cat([left, right], dim=-1)
