from __future__ import annotations

import numpy as np
import pytest

from pyg_symbreak.datasets.smiles_process import Parsing

pytest.importorskip("rdkit")
SMILES = ["CCO", "C(", "C", "CN", "C.C", "CF", "OC"]


def content(chunks):
    return [
        (c.number, c.lines, c.table.line.tolist(), c.table.atom.tolist(), sorted(c.dropped.items())) for c in chunks
    ]


def test_chunks_in_order_with_the_numbers_of_their_lines():
    found = content(Parsing(SMILES, chunk_size=3).chunks())
    assert [(number, lines, line) for number, lines, line, _, _ in found] == [
        (0, 3, [0, 2]),
        (1, 3, [3, 5]),
        (2, 1, [6]),
    ]
    assert content(Parsing(SMILES, chunk_size=3).chunks(lambda number: number == 1)) == [found[0], found[2]]


def test_workers_agree_with_this_process():
    several = Parsing(SMILES * 3, chunk_size=2, num_workers=2, hydrogens=True)
    alone = Parsing(SMILES * 3, chunk_size=2, hydrogens=True)
    assert content(several.chunks()) == content(alone.chunks())


def test_a_broken_off_run_ends_its_workers():
    stream = Parsing(SMILES, chunk_size=1, num_workers=1).chunks()
    assert next(stream).number == 0
    stream.close()


def test_options_decide_the_tables():
    plain, full = Parsing(SMILES), Parsing(SMILES, bonds="aromatic", hydrogens=True, max_nodes=9)
    assert plain.options() != full.options()
    assert np.concatenate([c.table.kind for c in full.chunks()]).size > 10


@pytest.mark.parametrize(("name", "least"), [("max_nodes", 1), ("chunk_size", 1), ("num_workers", 0)])
def test_numbers_out_of_range(name, least):
    with pytest.raises(ValueError, match=rf"'Parsing' expected '{name}' to be at least {least} \(got {least - 1}\)"):
        Parsing(SMILES, **{name: least - 1})
