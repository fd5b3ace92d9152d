import pytest
import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset

from pyg_symbreak.transforms import draw_generator

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning"),
]


class Draws(Dataset):
    """Each item is the number of the item and a draw."""

    def __init__(self, size=10):
        self.size = size

    def __len__(self):
        return self.size

    def __getitem__(self, i):
        return i, int(torch.randint(0, 2**62, (), generator=draw_generator()))


def collect(workers, epochs=3, seed=0, size=10, **kwargs):
    if seed is not None:
        torch.manual_seed(seed)
    loader = DataLoader(Draws(size), batch_size=3, num_workers=workers, **kwargs)
    return [[row for i, v in loader for row in zip(i.tolist(), v.tolist())] for _ in range(epochs)]


@pytest.mark.parametrize("shuffle", [False, True])
def test_any_number_of_workers_draws_the_same_in_every_pass(shuffle):
    alone = collect(0, shuffle=shuffle)
    assert alone == collect(1, shuffle=shuffle) == collect(3, shuffle=shuffle)
    values = [v for epoch in alone for _, v in epoch]
    assert len(set(values)) == len(values) == 30


def test_the_seed_matters_and_the_generator_of_the_loader_counts_too():
    assert collect(0) == collect(0) != collect(0, seed=1)
    seeded = [collect(w, seed=None, generator=torch.Generator().manual_seed(7)) for w in (0, 2)]
    assert seeded[0] == seeded[1]


def test_persistent_workers_draw_afresh_in_every_pass_and_repeat_under_a_seed():
    first = collect(2, persistent_workers=True)
    assert first == collect(2, persistent_workers=True)
    assert first[0] == collect(0)[0]
    values = [v for epoch in first for _, v in epoch]
    assert len(set(values)) == len(values)


def test_items_drawn_twice_in_a_pass_get_two_draws():
    sampler = [0] * 12
    for workers in (0, 2):
        values = [v for _, v in collect(workers, epochs=1, sampler=sampler)[0]]
        assert len(set(values)) == 12


def test_fetching_leaves_the_global_generator_alone():
    torch.manual_seed(0)
    loader = iter(DataLoader(Draws(), batch_size=2))
    next(loader)
    before = torch.random.get_rng_state()
    list(loader)
    assert torch.equal(before, torch.random.get_rng_state())


def test_two_loaders_side_by_side_do_not_disturb_each_other():
    apart = collect(0, epochs=1)[0]
    torch.manual_seed(0)
    one = DataLoader(Draws(), batch_size=3)
    other = DataLoader(Draws(), batch_size=2, generator=torch.Generator().manual_seed(1))
    rows = [row for (i, v), _ in zip(one, other) for row in zip(i.tolist(), v.tolist())]
    assert rows == apart


def test_a_loader_inside_a_loader():
    class Outer(Draws):
        def __getitem__(self, i):
            first = draw_generator()
            list(DataLoader(Draws(2), generator=torch.Generator().manual_seed(i)))
            assert draw_generator() is first
            return super().__getitem__(i)

    values = [v for _, v in DataLoader(Outer(), batch_size=5)]
    assert len(set(torch.cat(values).tolist())) == 10


def test_the_first_pass_of_a_second_loader_repeats_under_a_seed():
    # The generators of a first loader must not be met again half used.
    assert collect(0, size=2) == collect(0, size=2)


def test_outside_a_loader_the_global_generator_is_used():
    assert draw_generator() is None
    list(DataLoader(Draws()))
    assert draw_generator() is None


def test_iterable_data_sets_draw_afresh():
    class Stream(IterableDataset):
        def __iter__(self):
            for _ in range(4):
                yield int(torch.randint(0, 2**62, (), generator=draw_generator()))

    for workers in (0, 1):
        values = torch.cat(list(DataLoader(Stream(), num_workers=workers))).tolist()
        assert len(set(values)) == 4
