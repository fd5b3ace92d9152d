r"""The command ``pyg-symbreak symmetrize``."""
