"""Names, passwords and the first admin."""

import pytest

from db.writer import job_of
from service import admins
from service.web.state import Core
from tests.conftest import Clock


def test_of_two_first_admins_one_is_first(core: Core, clock: Clock) -> None:
    jobs = [core.writer.submit(job_of(admins.add_first, name, "hash", clock())) for name in ("Ida", "Eve")]
    assert [bool(job.result()) for job in jobs] == [True, False]


def test_a_first_admin_who_is_gone_may_be_followed(core: Core, clock: Clock) -> None:
    core.writer.run(admins.add_first, "Ida", "hash", clock())
    core.writer.run(lambda connection: connection.exec_driver_sql("DELETE FROM admin") and None)
    clock.advance(minutes=2)
    assert core.writer.run(admins.add_first, "Eve", "hash", clock())


@pytest.mark.parametrize("password", ["short", "x" * 1001, "aaaaaaaaaa", "Ida Brandvold"])
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(admins.WeakPassword):
        admins.hash_password(password, "ida brandvold")


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\x00b"])
def test_a_bad_name_is_refused(name: str) -> None:
    with pytest.raises(admins.BadName):
        admins.check_name(name)
