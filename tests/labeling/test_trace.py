import numpy as np

from pyg_symbreak.labeling.trace import CopyRefiner, scramble


def path(n, kind=0):
    arcs = sorted([(i, i + 1) for i in range(n - 1)] + [(i + 1, i) for i in range(n - 1)])
    src, dst = np.array(arcs, dtype=np.int64).reshape(-1, 2).T.copy()
    return CopyRefiner(n, src, dst, np.full(src.size, kind))


def test_scrambling_keeps_numbers_apart():
    assert np.unique(scramble(np.arange(10_000, dtype=np.uint64))).size == 10_000


def test_a_path_has_one_cell_for_each_distance_from_its_ends():
    h, cells, _ = path(7).refine(np.zeros((1, 7), dtype=np.uint64))
    assert cells.tolist() == [4]
    assert (h[0] == h[0, ::-1]).all()


def test_an_individualized_end_orders_the_path_and_mirror_images_have_one_trace():
    refiner = path(6)
    h = refiner.refine(np.zeros((1, 6), dtype=np.uint64))[0][0]
    refined, cells, trace = refiner.individualize(h, np.arange(6))
    assert cells.tolist() == [6] * 6
    assert (trace == trace[::-1]).all()
    assert np.unique(trace).size == 3
    assert (refined[0] == refined[5, ::-1]).all()


def test_rows_do_not_depend_on_each_other():
    refiner = path(9)
    h = np.zeros(9, dtype=np.uint64)
    together = refiner.individualize(h, np.arange(9))
    for i in range(9):
        alone = refiner.individualize(h, np.array([i]))
        assert all((a[i] == b[0]).all() for a, b in zip(together, alone))


def test_many_rows_are_refined_in_parts(monkeypatch):
    refiner, h = path(9), np.zeros(9, dtype=np.uint64)
    whole = refiner.individualize(h, np.arange(9))
    monkeypatch.setattr("pyg_symbreak.labeling.trace.MAX_ENTRIES", 40)
    assert all((a == b).all() for a, b in zip(whole, refiner.individualize(h, np.arange(9))))


def test_colours_of_arcs_matter_and_nodes_without_arcs_are_kept():
    zero = np.zeros((1, 3), dtype=np.uint64)
    assert path(3).refine(zero)[2] != path(3, kind=5).refine(zero)[2]
    none = np.empty(0, dtype=np.int64)
    assert CopyRefiner(3, none, none, none).refine(zero)[1].tolist() == [1]
    lonely = CopyRefiner(3, np.array([0, 1]), np.array([1, 0]), np.zeros(2, dtype=np.int64))
    assert lonely.refine(zero)[1].tolist() == [2]
