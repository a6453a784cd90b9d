"""Make ``service/spam/languages/trigrams.bin`` from the profiles of langdetect 1.0.9.

``python -m bench.language_table …/langdetect/profiles``. The same profiles give the same file.
"""

import json
import sys
from collections import Counter
from pathlib import Path

from service.spam.languages.text_language import Trigrams

LANGUAGES = ["en", "de", "fr", "es", "pt", "it", "nl", "pl", "tr", "id", "sv", "da", "no", "ro", "cs", "vi", "hu", "fi"]
MOST = 1200
"""Trigrams of each language."""


def counts(profiles: Path, language: str) -> Counter[str]:
    """How often each trigram of letters and spaces was seen; upper and lower case together."""
    profile = json.loads((profiles / language).read_text("utf-8"))
    found: Counter[str] = Counter()
    for gram, number in profile["freq"].items():
        small = gram.lower()
        if len(small) == 3 and all(letter == " " or letter.isalpha() for letter in small):
            found[small] += number
    return found


def main() -> None:
    """Write the table."""
    profiles = Path(sys.argv[1])
    table = Trigrams.from_counts({language: counts(profiles, language) for language in LANGUAGES}, MOST)
    path = Path("service/spam/languages/trigrams.bin")
    print(f"{path}: {len(table.weights)} trigrams, {path.write_bytes(table.to_bytes())} bytes")


if __name__ == "__main__":
    main()
