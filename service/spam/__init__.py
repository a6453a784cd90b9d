"""The spam check: named symbols, each with a weight and a sentence, summed up to a verdict."""
