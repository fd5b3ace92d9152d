r"""The molecules of the MOSES benchmark."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from pyg_symbreak.datasets.download import PublicFile, find_raw
from pyg_symbreak.datasets.molecule_selection import split_number
from pyg_symbreak.datasets.on_disk import MoleculesOnDisk

_WHEEL_SHA256: Final = "7f4450e3ebecebe79c3a2a55950c93daddee071120daf64a163d03481e811d34"
WHEEL: Final = "pip:molsets==0.3.1"
_STEMS: Final = {"train": "train", "val": "test", "test": "test_scaffolds"}
FILES: Final = {
    split: PublicFile(f"moses_{stem}.csv.gz", WHEEL, _WHEEL_SHA256, f"moses/dataset/data/{stem}.csv.gz")
    for split, stem in _STEMS.items()
}


class MOSES(MoleculesOnDisk):
    r"""The 1.9 million lead-like molecules of MOSES, with up to 27 heavy atoms of seven elements, none charged.

    "Molecular Sets (MOSES): A Benchmarking Platform for Molecular Generation Models" (Polykovskiy et al., Front.
    Pharmacol. 11, 565644, 2020, arXiv 1811.12823). As in DiGress, ``"val"`` is the test set of MOSES and ``"test"`` its
    scaffold test set, whose scaffolds do not occur in training.

    The files are taken out of the wheel ``molsets``, which pip downloads and whose SHA-256 is verified, unless they
    lie in ``<root>/raw/``; see the card ``datasets/moses.md``. The graphs stay on the disk, see
    :class:`~pyg_symbreak.datasets.MoleculesOnDisk`.

    Args:
        root: Folder of the data set.
        split: ``"train"``, ``"val"`` or ``"test"``.
        bonds: ``"kekule"`` or ``"aromatic"``.
        hydrogens: Whether hydrogens are nodes.
        **kwargs: ``charges``, ``max_nodes``, ``duplicates``, ``num_workers``, ``progress``, ``transform`` and
            ``force_reload``.

    Raises:
        OSError: If a file is neither there nor can be downloaded.
        ImportError: If RDKit is not installed.
        ValueError: If an option is out of range or a file is damaged.

    .. code-block:: python

        dataset = MOSES("data/moses", split="test", num_workers=2)
        len(dataset)  # 176225
    """

    def __init__(
        self, root: str | Path, split: str = "train", bonds: str = "kekule", hydrogens: bool = False, **kwargs: Any
    ) -> None:
        split_number("MOSES", split)
        path = find_raw("MOSES", Path(root).expanduser() / "raw", FILES[split])
        elements = (("H",) if hydrogens else ()) + ("C", "N", "O", "F", "S", "Cl", "Br")
        super().__init__(path, root, split, "SMILES", bonds, elements, hydrogens, fractions=None, **kwargs)
