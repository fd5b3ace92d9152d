"""The runs that the step trainer is tested with are those of a small generator."""

from tests.training.diffusion.conftest import data, model_config, train_config, trees  # noqa: F401
