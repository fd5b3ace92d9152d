"""pyg#4916, #496, #9721: a changed pre_transform is not noticed, because its repr hides the change."""

import pytest
import torch
from torch_geometric.data import Data, InMemoryDataset

from pyg_symbreak.transforms import AddCanonicalLaplacianPE, AddCanonicalRank, AddSymPE


class Paths(InMemoryDataset):
    processed_file_names = "data.pt"

    def __init__(self, root, pre_transform):
        super().__init__(root, pre_transform=pre_transform)
        self.load(self.processed_paths[0])

    def process(self):
        graph = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        self.save([self.pre_transform(graph)], self.processed_paths[0])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (AddCanonicalRank(), AddCanonicalRank(randomize=False)),
        (AddSymPE(dim=4), AddSymPE(dim=4, max_search_nodes=9)),
        (AddSymPE(dim=4), AddSymPE(dim=4, node_attrs=("x",))),
        (AddCanonicalLaplacianPE(k=2), AddCanonicalLaplacianPE(k=2, dense_threshold=7)),
    ],
)
def test_any_changed_argument_warns(tmp_path, first, second):
    Paths(str(tmp_path), first)
    Paths(str(tmp_path), first)
    with pytest.warns(UserWarning, match="The `pre_transform` argument differs"):
        Paths(str(tmp_path), second)
