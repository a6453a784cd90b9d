"""The secret is made once, by the first process, and only its owner can read it."""

import hashlib
import multiprocessing
import stat
from multiprocessing.synchronize import Barrier
from pathlib import Path

from service.secret_keys import load_keyring
from service.settings import Settings
from tests.forked_service import loaded_process
from tests.reader import Reader
from tests.service_process import PATIENCE, serving

PROCESSES, FOLDERS = 6, 25


def load_at_once(folder: Path, start: Barrier) -> None:
    """Load the keys of many new installations, each at the same moment as the others, and say which ones."""
    for number in range(FOLDERS):
        data = folder / str(number)
        start.wait(PATIENCE)
        key = load_keyring(Settings(data=data)).newest("test")
        (folder / f"{number}-{multiprocessing.current_process().name}").write_text(hashlib.sha256(key).hexdigest())


def test_processes_that_start_at_once_share_one_secret(tmp_path: Path) -> None:
    loaded = loaded_process()
    start = loaded.Barrier(PROCESSES)
    processes = [loaded.Process(target=load_at_once, args=(tmp_path, start), name=f"p{n}") for n in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(PATIENCE)
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    for number in range(FOLDERS):
        assert [path.name for path in (tmp_path / str(number)).iterdir()] == ["secret"]
        assert stat.S_IMODE((tmp_path / str(number) / "secret").stat().st_mode) == 0o600
        seen = [path.read_text() for path in tmp_path.glob(f"{number}-p*")]
        assert len(seen) == PROCESSES
        assert len(set(seen)) == 1


def test_services_that_start_at_once_take_each_others_tokens(tmp_path: Path) -> None:
    with serving(tmp_path, 4) as services, services[0].client() as first:
        assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
        for number, service in enumerate(services):
            with service.client() as client:
                answer = Reader(client).send(Reader(first).fields(comment=f"Thought {number}"))
            assert answer.status_code == 303
