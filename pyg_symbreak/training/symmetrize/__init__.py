r"""Training of backbones that canonicalizers make equivariant: tasks, methods, runs."""
