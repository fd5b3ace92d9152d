"""timm's vision transformer, to compare with. It imports torchvision for its image files, which no test here reads, and
which cannot be had for every build of torch: where it is missing, empty modules take its place during the import."""

import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types

import pytest


class _Names(type):
    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return name


class _Empty(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Names(name, (), {})


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, fullname, path=None, target=None):
        if fullname.partition(".")[0] == "torchvision":
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec):
        return _Empty(spec.name)

    def exec_module(self, module):
        pass


def timm_vision_transformer():
    """The module ``timm.models.vision_transformer``, or a skip."""
    if importlib.util.find_spec("timm") is None:
        pytest.skip("could not import 'timm': install it with `pip install --no-deps timm`")
    missing = not _torchvision_works()
    finder = _Finder()
    if missing:
        sys.meta_path.insert(0, finder)
    try:
        return pytest.importorskip("timm.models.vision_transformer")
    finally:
        if missing:
            sys.meta_path.remove(finder)
            _forget_torchvision()


def _torchvision_works():
    try:
        import torchvision  # noqa: F401
    except (ImportError, RuntimeError):  # one made for another build of torch fails with the latter
        _forget_torchvision()
        return False
    return True


def _forget_torchvision():
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
