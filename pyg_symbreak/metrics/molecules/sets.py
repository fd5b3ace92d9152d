r"""Validity, uniqueness and novelty, each with its own denominator."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence

from pyg_symbreak.metrics.molecules.check import CheckedMolecule
from pyg_symbreak.metrics.ratio import Ratio


def unique_novel(keys: Sequence[Hashable | None], known: Collection[Hashable] | None = None) -> dict[str, Ratio]:
    r"""Count valid, unique and novel samples.

    ==============  ===================================  =================================
    share           numerator                            denominator
    ==============  ===================================  =================================
    ``validity``    valid samples                        all samples
    ``uniqueness``  distinct valid samples               valid samples
    ``novelty``     distinct valid samples not known     distinct valid samples
    ``vun``         distinct valid samples not known     all samples
    ==============  ===================================  =================================

    So ``vun`` is the product of the other three, and nothing can be hidden in it by leaving samples out. Without known
    samples there is ``vu``, distinct valid samples out of all samples, in place of the last two.

    Uniqueness falls as more samples are drawn: compare it at equal numbers of samples. Its interval treats the valid
    samples as independent, which they are not quite.

    Args:
        keys: A name of every sample, equal exactly for equal samples: its canonical SMILES, its ``canonical_hash``.
            ``None`` for samples that are not valid.
        known: The names of the training samples, best as a set.

    .. code-block:: python

        >>> shares = unique_novel(["C", "C", "CO", None], known={"C"})
        >>> {name: str(share).split(" = ")[0] for name, share in shares.items()}
        {'validity': '3/4', 'uniqueness': '2/3', 'novelty': '1/2', 'vun': '1/4'}
    """
    valid = [key for key in keys if key is not None]
    distinct = set(valid)
    shares = {"validity": Ratio(len(valid), len(keys)), "uniqueness": Ratio(len(distinct), len(valid))}
    if known is None:
        return {**shares, "vu": Ratio(len(distinct), len(keys))}
    novel = len(distinct - (known if isinstance(known, (set, frozenset)) else set(known)))
    return {**shares, "novelty": Ratio(novel, len(distinct)), "vun": Ratio(novel, len(keys))}


def relaxed_shares(
    checked: Sequence[CheckedMolecule],
    known: Collection[Hashable] | None = None,
    keys: Sequence[Hashable] | None = None,
) -> dict[str, Ratio]:
    r"""Count as DiGress does (``src/analysis/rdkit_functions.py`` in its repository).

    ======================  =======================================  ======================================
    share                   numerator                                denominator
    ======================  =======================================  ======================================
    ``digress_validity``    samples that RDKit sanitises,            all samples
                            in one fragment or several
    ``relaxed_validity``    samples valid in the relaxed sense       all samples
    ``digress_uniqueness``  distinct largest fragments of these      samples valid in the relaxed sense
    ``digress_novelty``     those not known                          distinct largest fragments
    ======================  =======================================  ======================================

    Args:
        checked: The samples, from :func:`~pyg_symbreak.metrics.molecules.check.check_molecules`.
        known: Canonical SMILES, or other keys, of the training molecules.
        keys: Keys of the relaxed molecules, if they are not named by their SMILES.

    .. code-block:: python

        >>> from pyg_symbreak.metrics.molecules.check import check_molecules
        >>> shares = relaxed_shares(check_molecules(["C", "C.C", "CN(C)(C)C", "C(C)(C)(C)(C)C"]))
        >>> {name: str(share).split(" = ")[0] for name, share in shares.items()}
        {'digress_validity': '2/4', 'relaxed_validity': '3/4', 'digress_uniqueness': '2/3'}
    """
    names = [molecule.relaxed_smiles for molecule in checked] if keys is None else keys
    shares = unique_novel(names, known)
    out = {
        "digress_validity": Ratio(sum(molecule.sanitised for molecule in checked), len(checked)),
        "relaxed_validity": shares["validity"],
        "digress_uniqueness": shares["uniqueness"],
    }
    return out if known is None else {**out, "digress_novelty": shares["novelty"]}
