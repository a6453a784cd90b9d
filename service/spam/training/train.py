"""``leave-a-reply train``: labelled lines in, shipped weights and a report on left-out sources out."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.spam.training.model_report import ModelReport


class NoNumpy(RuntimeError):
    """numpy is not installed; only training needs it."""


def train(paths: Sequence[Path], out_dir: Path, progress: Callable[[str], None] = lambda _: None) -> "ModelReport":
    """Write prior.bin, MODEL.md and MODEL.json to `out_dir` (made if need be) and return the report; and chat.bin, if
    there are two sources of chat spam.

    `paths` hold JSON lines, see training.corpus.read. Takes some minutes and about 2 GB for 50,000 lines. Raises
    NoNumpy, corpus.BadLine, OSError, or ValueError when there is no spam or no ham of a blog or news source.
    """
    try:
        from service.spam.training import chat_prior, corpus, cross_validation
        from service.spam.training import model_report as card
        from service.spam.training.advert_lines import written
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        raise NoNumpy("Training needs numpy: pip install numpy (running the service does not).") from error
    progress("reading")
    lines = corpus.read(*paths)
    result = cross_validation.run(corpus.teaching(lines) + written(), progress)
    second = chat_prior.run(lines, result.prior, progress)
    report = replace(result.report, lines=len(result.used), chat=second[1] if second else None)
    out_dir.mkdir(parents=True, exist_ok=True)
    if second:
        (out_dir / "chat.bin").write_bytes(second[0].to_bytes())
    (out_dir / "prior.bin").write_bytes(result.prior.to_bytes())
    (out_dir / "MODEL.md").write_text(card.markdown(report, result.used), "utf-8")
    (out_dir / "MODEL.json").write_text(json.dumps(report.as_json(), indent=1) + "\n", "utf-8")
    progress("done")
    return report
