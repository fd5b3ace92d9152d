"""Exact symmetries of a whole batch: group orders, orbits, canonical hashes, an explicit isomorphism."""

import torch
from torch_geometric.data import Batch, Data
from torch_geometric.utils import to_undirected

from pyg_symbreak.labeling import automorphism_group, canonical_hash, find_isomorphism, random_canonical_rank

CARBON, OXYGEN = 6, 8


def ring(atoms):
    """A ring of atoms."""
    nodes = torch.arange(len(atoms))
    edges = torch.stack([nodes, nodes.roll(-1)])
    return Data(node_type=torch.tensor(atoms), edge_index=to_undirected(edges), num_nodes=len(atoms))


def main():
    benzene, pyran = ring([CARBON] * 6), ring([OXYGEN] + [CARBON] * 5)
    shifted = ring([CARBON, CARBON, OXYGEN, CARBON, CARBON, CARBON])
    batch = Batch.from_data_list([benzene, pyran, shifted])

    for name, group in zip(("benzene", "pyran", "shifted"), automorphism_group(batch, node_attrs=["node_type"])):
        print(f"{name}: {group.order} symmetries, orbits {group.orbits.tolist()}")

    hashes = canonical_hash(batch, node_attrs=["node_type"])
    print("same molecule:", hashes[1] == hashes[2])
    print("atom by atom:", find_isomorphism(pyran, shifted, node_attrs=["node_type"]).tolist())

    torch.manual_seed(0)
    draws = {tuple(random_canonical_rank(benzene).tolist()) for _ in range(500)}
    print(f"different canonical orders of benzene in 500 draws: {len(draws)}")
    return hashes, len(draws)


if __name__ == "__main__":
    main()
