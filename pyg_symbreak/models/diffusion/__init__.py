r"""Discrete diffusion of labelled graphs."""
