import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.testing import graph_zoo
from pyg_symbreak.transforms import AddCanonicalRank, AddSymPE

ZOO = graph_zoo()


@pytest.mark.parametrize("transform", [AddSymPE(dim=2), AddSymPE(dim=8), AddSymPE(3, "cosine", 200)])
def test_rows_are_distinct(transform):
    code = transform._code(torch.arange(200))
    assert torch.cdist(code, code).fill_diagonal_(1).min() > 1e-5


def test_the_same_rank_gives_the_same_row_in_every_graph():
    transform = AddSymPE(dim=4)
    out = transform(Batch.from_data_list([ZOO["cycle-4"], ZOO["path-3"]]))
    rows = {tuple(row) for row in out.sympe[:4].tolist()}
    assert {tuple(row) for row in out.sympe[4:].tolist()} < rows


def test_known_values():
    transform = AddSymPE(dim=4)
    expected = torch.tensor([[0.0, 1.0, 0.0, 1.0], [0.841471, 0.540302, 0.0099998, 0.99995]], dtype=torch.double)
    torch.testing.assert_close(transform._code(torch.arange(2)), expected, rtol=1e-5, atol=1e-6)


def test_cosine_columns_are_orthonormal():
    code = AddSymPE(5, "cosine", 9)._code(torch.arange(9))
    torch.testing.assert_close(code.T @ code, torch.eye(5, dtype=torch.double))


def test_is_the_code_of_the_canonical_rank():
    data = ZOO["toluene"]
    torch.manual_seed(0)
    rank = AddCanonicalRank()(data).canonical_rank
    torch.manual_seed(0)
    code = AddSymPE(dim=6)(data).sympe
    torch.testing.assert_close(code, AddSymPE(dim=6)._code(rank).float())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dim": 0}, r"'AddSymPE' expected 'dim' as a positive integer \(got 0\)"),
        ({"dim": 3}, r"'AddSymPE' expected an even 'dim' for 'sinusoidal' \(got 3\)"),
        ({"dim": 4, "encoding": "learned"}, r"'encoding' as 'sinusoidal' or 'cosine' \(got 'learned'\)"),
        ({"dim": 4, "encoding": "cosine"}, r"'max_nodes' above 'dim' = 4 for 'cosine' \(got None\)"),
        ({"dim": 4, "encoding": "cosine", "max_nodes": 4}, r"'max_nodes' above 'dim' = 4 for 'cosine' \(got 4\)"),
        ({"dim": 4, "max_nodes": 4}, r"expected no 'max_nodes' for 'sinusoidal' \(got 4\)"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        AddSymPE(**arguments)


def test_more_nodes_than_max_nodes():
    transform = AddSymPE(3, "cosine", 4)
    assert transform(ZOO["cycle-4"]).sympe.shape == (4, 3)
    with pytest.raises(ValueError, match=r"'AddSymPE' expected graphs of at most 'max_nodes' = 4 \(got 5\)"):
        transform(Batch.from_data_list([ZOO["cycle-4"], ZOO["cycle-5"]]))
    assert transform(Data(num_nodes=0)).sympe.shape == (0, 3)
