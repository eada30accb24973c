"""PostgreSQL under root: an account without rights runs it, wherever its programs and its data are."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ucity.cloud.ioc.manage import account
from ucity.cloud.ioc.manage.account import reachable, server_account
from ucity.cloud.ioc.manage.postgres import postgres_programs

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to give PostgreSQL another account")


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that every account may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_is_an_account_without_rights(tmp_path: Path) -> None:
    chosen = server_account(tmp_path / "new")
    assert chosen
    assert chosen.uid != 0


def test_is_the_owner_of_a_cluster_that_is_there(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 23456)
    chosen = server_account(tmp_path)
    assert chosen
    assert (chosen.uid, chosen.gid) == (12345, 23456)


def test_copies_programs_that_the_account_cannot_reach(
    tmp_path: Path, public: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = postgres_programs().parent
    for folder in (package.name, f"{package.name}.libs"):
        shutil.copytree(package.parent / folder, tmp_path / "site" / folder)
    (tmp_path / "site").chmod(0o700)
    monkeypatch.setattr(account, "_SHARED", public / "ucity")
    chosen = server_account(tmp_path / "cluster")
    assert chosen
    programs = reachable(tmp_path / "site" / package.name / "pginstall", chosen, "18")
    assert programs.is_relative_to(public)
    made = public / "made"
    made.mkdir()
    os.chown(made, chosen.uid, chosen.gid)
    subprocess.run(  # noqa: S603 - our own program
        [programs / "bin" / "initdb", "-D", made / "cluster", "-U", "postgres", "--no-sync"],
        check=True,
        capture_output=True,
        cwd="/",
        user=chosen.uid,
        group=chosen.gid,
        extra_groups=[],
    )
    assert (made / "cluster" / "PG_VERSION").exists()
