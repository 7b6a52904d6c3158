def command() -> None:
    """TODO."""
