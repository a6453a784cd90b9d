"""What docs/sites says to paste where."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs/sites"
SCRIPT, BUILD = "By script", "By build step"
TOP, PLACE = "@top@", "@comments@"
"""Where a file of an owner's site has room for what a page of the docs says to put in."""

_STEP = re.compile(r"\b(New file|In) `([^`\n]+)`([^\n]*(?:\n[^\n]+)*?:)\n\n```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """``text`` goes into the file ``name``: as a new file, or at a place of one that is there."""

    name: str
    text: str
    is_new: bool
    place: str


def steps(generator: str, way: str) -> list[Step]:
    """The steps of a page. Those of the build step replace those by script for the same file."""
    text = (DOCS / f"{generator}.md").read_text()
    by_script, by_build = (_steps(text, each) for each in (SCRIPT, BUILD))
    if way == SCRIPT:
        return by_script
    replaced = {step.name for step in by_build}
    return [step for step in by_script if step.name not in replaced] + by_build


def _steps(text: str, way: str) -> list[Step]:
    section = text.partition(f"\n## {way}\n")[2].partition("\n## ")[0]
    found = [
        Step(name, block, kind == "New file", TOP if "at the top" in words else PLACE)
        for kind, name, words, block in _STEP.findall(section)
    ]
    assert len(found) == section.count("\n```") // 2, f"{way}: a block does not say which file it is for"
    return found


def pasted(files: dict[str, str], todo: list[Step]) -> dict[str, str]:
    """The files of a site after these steps. What has no place goes to the end."""
    done = dict(files)
    for step in todo:
        before = done.get(step.name, "")
        assert not (step.is_new and before), f"{step.name} is there already"
        done[step.name] = before.replace(step.place, step.text) if step.place in before else before + step.text
    return {name: text.replace(PLACE, "").replace(TOP, "") for name, text in done.items()}
