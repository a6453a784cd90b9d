"""Cells of CSV files that are opened in spreadsheets."""

_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""Spreadsheets take a cell that begins with one of these for a formula, which may send other cells to a stranger."""


def guarded_cell(cell: str) -> str:
    """A value that no spreadsheet takes for a formula: readers choose names, texts and what pages are called."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
