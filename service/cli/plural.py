"""Numbers with their noun in the output of commands."""


def comments(number: int) -> str:
    """Such as ``1 comment`` or ``2,000 comments``."""
    return f"{number:,} comment{'' if number == 1 else 's'}"
