"""A service of which a part cannot be loaded says so and stops, though it has served readers already."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.servers import free_port

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("workers", [[], ["--workers", "2"]], ids=["alone", "worker"])
def test_a_service_with_a_broken_part_stops_with_its_error(tmp_path: Path, workers: list[str]) -> None:
    (tmp_path / "prometheus_client.py").write_text("raise ImportError('of another version')")
    paths = os.pathsep.join([str(tmp_path), str(ROOT)])
    environment = os.environ | {"PYTHONPATH": paths, "REPLY_DATA": str(tmp_path / "var")}
    command = [sys.executable, "-c", "from service.cli.main import app; app()", "serve", "--port", str(free_port())]
    process = subprocess.Popen(
        [*command, *workers], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    with process, process.stdout as log:
        try:
            said = next(line for line in log if "cannot be loaded" in line)
            assert "of another version" in said
            if workers:
                assert any("a worker ended" in line for line in log)
            else:
                assert process.wait(60) == 1
        finally:
            process.terminate()
            process.wait(60)
