r"""The 250 thousand drug-like molecules of ZINC that generators of molecules are compared on."""

from __future__ import annotations

import hashlib
import json
import lzma
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from pyg_symbreak.datasets.download import PublicFile, find_raw
from pyg_symbreak.datasets.from_smiles import MoleculesFromSmiles
from pyg_symbreak.datasets.molecule_table import MoleculeTable

FILE: Final = PublicFile(
    "zinc.txt.tar.gz",  # an archive, though its public name is zinc.txt.gz
    "https://raw.githubusercontent.com/wenhao-gao/mol_opt/2da631be85af8d10a2bb43f2de76a03171166190/data/zinc.txt.gz",
    "cf1f05bfed0c334a38aa26f27e4a5016dd09f5e225b86dcad490bb5f203fb099",
)
TEST_FILE: Final = PublicFile(
    "valid_idx_zinc.json",
    "https://raw.githubusercontent.com/calvin-zcx/moflow/3611c637260272b3d34a298f221623cb59e01091/data/"
    "valid_idx_zinc.json",
    "5ea3d2e4248a592c4f019a337efe3863687c78f359a461d47fb2d9a25c3629ec",
)
_NUM_VAL: Final = 5_000
_ELEMENTS: Final = ("C", "N", "O", "F", "P", "S", "Cl", "Br", "I")
_CHARGED: Final = ("C-", "N-", "N+", "O-", "O+", "P+", "S-", "S+")


class ZINC250k(MoleculesFromSmiles):
    r"""The 249,455 drug-like molecules of ZINC250k, with up to 38 heavy atoms of nine elements.

    They are a subset of ZINC ("ZINC: A Free Tool to Discover Chemistry for Biology", Irwin et al., J. Chem. Inf. Model.
    52, 1757, 2012), in the order of Gómez-Bombarelli et al. (ACS Cent. Sci. 4, 268, 2018). The test split is that of
    MoFlow and GDSS, told by the numbers in ``valid_idx_zinc.json``; 5,000 of the other molecules, drawn with a seed,
    are for validation, the rest for training.

    Both files are downloaded and their SHA-256 verified, unless they lie in ``<root>/raw/``; see the card
    ``datasets/zinc250k.md``.

    Args:
        root: Folder of the data set.
        split: ``"train"``, ``"val"`` or ``"test"``.
        bonds: ``"kekule"`` or ``"aromatic"``.
        hydrogens: Whether hydrogens are nodes.
        charges: Whether charged atoms have types of their own.
        **kwargs: ``max_nodes``, ``duplicates``, ``num_workers``, ``transform``, ``pre_transform``, ``pre_filter`` and
            ``force_reload``.

    Raises:
        OSError: If a file is neither there nor can be downloaded.
        ImportError: If RDKit is not installed.
        ValueError: If an option is out of range or a file is damaged.

    .. code-block:: python

        dataset = ZINC250k("data/zinc250k", split="val", num_workers=2)
        len(dataset)  # 5000
    """

    def __init__(
        self,
        root: str | Path,
        split: str = "train",
        bonds: str = "kekule",
        hydrogens: bool = False,
        charges: bool = False,
        **kwargs: Any,
    ) -> None:
        raw = Path(root).expanduser() / "raw"
        path = find_raw("ZINC250k", raw, FILE, ("zinc250k_zinc.txt.tar.gz",))
        others = ("zinc250k_valid_idx.json.xz", "valid_idx_zinc.json.xz")
        self.test_numbers = _numbers(find_raw("ZINC250k", raw, TEST_FILE, others))
        elements = (("H",) if hydrogens else ()) + _ELEMENTS + (_CHARGED if charges else ())
        super().__init__(path, root, split, None, bonds, elements, hydrogens, charges, fractions=(1, 0, 0), **kwargs)

    def assigned(self, table: MoleculeTable) -> npt.NDArray[np.int64]:
        test = np.isin(table.line, self.test_numbers)
        rest = np.flatnonzero(~test)
        parts = np.where(test, 2, 0)
        parts[np.random.default_rng(0).permutation(rest)[: min(_NUM_VAL, len(rest) // 10)]] = 1
        return parts

    def options(self) -> dict[str, str]:
        return {**super().options(), "test": hashlib.sha256(self.test_numbers.tobytes()).hexdigest()[:8]}


def _numbers(path: Path) -> npt.NDArray[np.int64]:
    try:
        content = path.read_bytes()
        numbers = json.loads(lzma.decompress(content) if path.suffix == ".xz" else content)
        return np.array(numbers, dtype=np.int64).reshape(-1)
    except (OSError, ValueError, TypeError, lzma.LZMAError) as error:
        raise ValueError(f"'ZINC250k' expected {path} to hold a list of numbers (got: {error})") from error
