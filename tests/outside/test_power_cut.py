"""The power goes after any fsync: of each file only what was synced last is there, and no acknowledged comment is lost.

A small library, loaded before libc's, tells this test after each ``fsync`` and waits until it has copied that file.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from tests.faults.test_kill import read
from tests.reader import Reader
from tests.service_process import serving

LIBRARY = r"""
extern long syscall(long, ...);
extern int open(const char *, int, ...), close(int);
extern long read(int, void *, unsigned long), write(int, const void *, unsigned long);
extern char *getenv(const char *);
extern int getpid(void), snprintf(char *, unsigned long, const char *, ...);
static int busy;
static int told(long number, int fd) {
  long done = syscall(number, fd);
  char *asked = getenv("SYNC_TOLD"), *answered = getenv("SYNC_SEEN"), name[64], seen;
  int length = snprintf(name, sizeof name, "%d/fd/%d\n", getpid(), fd);
  while (__sync_lock_test_and_set(&busy, 1)) ;
  int out = open(asked, 1), in;
  if (out >= 0) {
    write(out, name, length);
    close(out);
    in = open(answered, 0);
    read(in, &seen, 1);
    close(in);
  }
  __sync_lock_release(&busy);
  return (int) done;
}
int fsync(int fd) { return told(74, fd); }
int fdatasync(int fd) { return told(75, fd); }
"""
"""74 and 75 are the numbers of both calls on x86-64; those of other machines follow in ``NUMBERS``."""
NUMBERS = {"x86_64": (74, 75), "aarch64": (82, 83)}
POSTS = 24


def build(folder: Path) -> Path:
    """The library, for this machine."""
    fsync, fdatasync = NUMBERS[os.uname().machine]
    source = LIBRARY.replace("told(74,", f"told({fsync},").replace("told(75,", f"told({fdatasync},")
    (folder / "sync.c").write_text(source)
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-O1", "-nostdlib", "-w", "-o", "sync.so", "sync.c"], cwd=folder, check=True
    )
    return folder / "sync.so"


class Disk:
    """What is on the disk for sure: each file of the store as it was synced last, after each number of syncs."""

    def __init__(self, folder: Path, store: Path) -> None:
        self._folder, self._store = folder, store
        self.syncs = 0
        self.told, self.seen = folder / "told", folder / "seen"
        os.mkfifo(self.told)
        os.mkfifo(self.seen)

    def after(self, syncs: int) -> Path:
        """The folder as a power cut would leave it."""
        return self._folder / f"after-{syncs}"

    @contextmanager
    def watching(self) -> Iterator[None]:
        watcher = Thread(target=self._watch)
        watcher.start()
        yield
        self.told.write_text("end\n")
        watcher.join()

    def _watch(self) -> None:
        while (told := self.told.read_text().strip()) != "end":
            synced = Path(f"/proc/{told}").readlink()
            shutil.copytree(self.after(self.syncs), self.after(self.syncs + 1))
            self.syncs += 1
            if synced.parent == self._store and synced.is_file():
                shutil.copy(synced, self.after(self.syncs) / synced.name)
            self.seen.write_text("x")


def test_nothing_that_was_acknowledged_is_lost(tmp_path: Path) -> None:
    store, after = tmp_path / "store", tmp_path / "disk"
    after.mkdir()
    with serving(store):
        pass  # the store is made, and closed
    disk = Disk(after, store)
    shutil.copytree(store, disk.after(0), ignore=shutil.ignore_patterns("*.log"))
    shell = f"export LD_PRELOAD={build(tmp_path)} SYNC_TOLD={disk.told} SYNC_SEEN={disk.seen};"
    acknowledged: list[tuple[str, int]] = []
    with disk.watching(), serving(store, shell=shell) as [service], service.client() as client:
        reader = Reader(client)
        for number in range(POSTS):
            text = f"Thought {number} of {'many ' * 200}"
            assert reader.post(comment=text, author=f"A{number}", email=f"{number}@example.org").status_code == 303
            acknowledged.append((text.strip(), disk.syncs))
    assert disk.syncs >= POSTS
    for syncs in range(disk.syncs + 1):
        stored, _ = read(f"sqlite:///{disk.after(syncs) / 'comments.db'}")
        assert {text for text, then in acknowledged if then <= syncs} <= stored.keys(), syncs
    for syncs in (1, disk.syncs // 2, disk.syncs):
        with serving(disk.after(syncs)) as [service], service.client() as client:
            assert Reader(client).post(comment="Still here", email="still@example.org").status_code == 303
