"""Who PostgreSQL runs as: it refuses to run as root, so under root it gets an account without rights.

That account is the one which owns the cluster already; for a new cluster the system user ``ucity`` where the operator
has made one, else ``nobody``.
"""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

from ucity.cloud.ioc.manage.launch import Account
from ucity.errors import StartupError

_NAMES = ("ucity", "nobody")
# Open to every account, unlike root's home, where both the programs and the data folder may be.
_SHARED = Path("/var/lib/ucity")


def server_account(cluster: Path) -> Account | None:
    """The account for the server of ``cluster``; None when this process may run it itself."""
    if os.geteuid() != 0:
        return None
    if sys.platform != "linux":
        raise StartupError("The embedded PostgreSQL cannot be run by root on this system: use an ordinary user.")
    if cluster.exists() and (owner := cluster.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    return _first_known()


def reachable(programs: Path, account: Account | None, version: str) -> Path:
    """``programs``, a folder with ``bin/postgres``, or a copy of it that ``account`` can run."""
    if account is None or _runs(programs, account):
        return programs
    copy = _SHARED / f"postgresql-{version}" / programs.parent.name / programs.name
    if not copy.exists():
        _copy_for_everyone(programs.parent.parent, copy.parent.parent, programs.parent.name)
    if not _runs(copy, account):
        raise StartupError(
            f"PostgreSQL does not run as root, and user id {account.uid} can run it neither from {programs} nor from "
            f"{copy}. Start ucity as an ordinary user, or install it where every user may read."
        )
    return copy


def _first_known() -> Account:
    for name in _NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise StartupError("PostgreSQL does not run as root: make a system user named ucity, or start as an ordinary user.")


def _runs(programs: Path, account: Account) -> bool:
    try:
        tried = subprocess.run(  # noqa: S603 - our own program
            [programs / "bin" / "postgres", "--version"],
            check=False,
            capture_output=True,
            cwd="/",
            user=account.uid,
            group=account.gid,
            extra_groups=[],
        )
    except OSError:
        return False
    return tried.returncode == 0


def _copy_for_everyone(site: Path, target: Path, package: str) -> None:
    """Copy ``package`` and the shared libraries beside it (``package.libs``) from ``site`` to ``target``, readable."""
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        for folder in (package, f"{package}.libs"):
            shutil.copytree(site / folder, draft / folder, ignore=shutil.ignore_patterns("include", "__pycache__"))
        for path in (_SHARED, draft, *draft.rglob("*")):
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        shutil.rmtree(target, ignore_errors=True)
        draft.rename(target)
    except OSError as error:
        raise StartupError(f"Cannot copy PostgreSQL's programs to {target}: {error}.") from error
