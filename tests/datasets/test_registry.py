from __future__ import annotations

import pytest

from pyg_symbreak.datasets import DATASETS, CommunityGraphs, ErdosRenyiGraphs, load_dataset


@pytest.mark.parametrize("name", DATASETS[: DATASETS.index("qm9")])
def test_every_random_data_set(name):
    dataset = load_dataset(name, "test", num_graphs=3)
    assert len(dataset) == 3
    assert dataset.split == "test"


def test_settings():
    assert load_dataset("er-0.20", num_graphs=1).options()["p"] == "0.2"
    assert load_dataset("regular-4", num_graphs=1).options()["degree"] == "4"
    leaky, fresh = load_dataset("community-leaky", num_graphs=1), load_dataset("community", num_graphs=1)
    assert isinstance(leaky, CommunityGraphs)
    assert isinstance(fresh, CommunityGraphs)
    assert (leaky.leaky, fresh.leaky) == (True, False)


def test_zoo_is_one_split():
    assert len(load_dataset("zoo", "train")) == len(load_dataset("zoo", "test"))


def test_root(tmp_path):
    load_dataset("trees", root=tmp_path, num_graphs=2)
    assert len(list((tmp_path / "processed").glob("TreeGraphs*"))) == 1


def test_same_as_the_class():
    assert load_dataset("er-0.25", "val", num_graphs=2)[1].edge_index.equal(
        ErdosRenyiGraphs(split="val", num_graphs=2)[1].edge_index
    )


def test_errors():
    with pytest.raises(
        ValueError, match=r"'load_dataset' expected 'name' to be one of er-0.25, .*, comm20, .* \(got 'er'\)"
    ):
        load_dataset("er")
    with pytest.raises(ValueError, match=r"'load_dataset' expected 'split' to be one of train, val, test \(got 'x'\)"):
        load_dataset("zoo", "x")


def test_sets_of_molecules_and_sets_with_files(tmp_path):
    pytest.importorskip("rdkit")
    assert len(load_dataset("small-molecules", "val", max_heavy_atoms=2)) == 2
    for name in ("zinc250k", "moses", "planar", "comm20"):
        with pytest.raises(ValueError, match=rf"'load_dataset' expected 'root', .* '{name}' \(got None\)"):
            load_dataset(name)


def test_sets_for_expressivity(tmp_path):
    assert len(load_dataset("automorphism")) == 5
    assert len(load_dataset("csl", "val", fold=1)) == 30
    assert len(load_dataset("pattern-graphs", "val", num_graphs=2)) == 2
    assert len(load_dataset("nbody", num_train=2)) == 2
    for name in ("graph8c", "exp", "sr25", "brec", "pattern", "peptides-func", "peptides-struct"):
        with pytest.raises(ValueError, match=rf"'load_dataset' expected 'root', .* '{name}' \(got None\)"):
            load_dataset(name)
    with pytest.raises(FileNotFoundError, match=r"'PATTERN' expected the file .*raw/PATTERN_v2.zip"):
        load_dataset("pattern", root=tmp_path)
