"""`minyi`, the program. Imports late: `minyi --help` and the offline commands start without a web framework.

Exit 0: done, or the answer is yes. 1: the answer is no. 2: bad input or use, one line on stderr.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minyi.config import ROOT, Settings, SettingsRefused, make_secrets, read_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from minyi.web.door import Door


class UseRefused(Exception):  # noqa: N818
    """Bad input or use: one line that names file, line and mend. Exit 2."""


def say(text: str) -> None:
    """One step, at once."""
    print(text, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, run one command, return the exit code."""
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        return int(given.run(given) or 0)
    except SettingsRefused as refused:
        print(refused.message, file=sys.stderr)
    except UseRefused as refused:
        print(refused, file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 2


def console() -> None:
    """The entry point of the console script."""
    sys.exit(main())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="minyi", description="民议 Minyi: a city's open hall")
    commands = parser.add_subparsers(metavar="command", required=True)

    def add(name: str, run: Callable[[argparse.Namespace], int | None], text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        command.add_argument("--instance", type=Path, help="the private folder (default: instance/)")
        return command

    add("up", up, "everything of `make run`: build, set up, load the demonstration, serve")
    add("init", init, "set up an instance; prints a one-time link for the first clerk")
    serving = add("serve", serve, "serve the hall")
    serving.add_argument("--port", type=int)
    serving.add_argument("--no-worker", action="store_true", help="the worker runs elsewhere")
    add("worker", worker, "run recurring jobs")
    add("doctor", doctor, "say what is wrong with a set-up and how to mend it")
    check_command = add("check", check, "check everything that can be checked; exit 1 when something does not hold")
    check_command.add_argument("--json", action="store_true")
    add("backup", backup, "consistent copy while running").add_argument("file", type=Path)
    add("restore", restore, "put a backup into a new instance").add_argument("file", type=Path)
    importing = add("import", import_file, "import a file, all or nothing")
    importing.add_argument("kind", choices=["divisions", "polis"])
    importing.add_argument("path", type=Path)
    importing.add_argument("--place", default="", help="the community's code (polis)")
    importing.add_argument("--json", action="store_true")
    rules = commands.add_parser("rules", help="the rule packs; what a pack says of given numbers")
    rule_commands = rules.add_subparsers(metavar="list|apply", required=True)
    listing = rule_commands.add_parser("list", help="the rule packs")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=rules_list)
    applying = rule_commands.add_parser("apply", help="what a pack says of given numbers")
    applying.add_argument("pack")
    applying.add_argument("file", type=Path)
    applying.add_argument("--json", action="store_true")
    applying.set_defaults(run=rules_apply)
    return parser


def _settings(given: argparse.Namespace, **more: Any) -> Settings:
    return read_settings(given.instance, **more)


def _engine(settings: Settings) -> "Engine":
    from sqlalchemy import create_engine

    from minyi.db import prepare_engine

    engine = create_engine(settings.database)
    prepare_engine(engine)
    return engine


def _door(settings: Settings) -> "Door":
    from minyi.web.door import open_door

    engine = _engine(settings)
    _require_schema(engine)
    return open_door(engine)


def _require_schema(engine: "Engine") -> None:
    from minyi.schema import newest_revision, present_revision

    present, wanted = present_revision(engine), newest_revision()
    if present is None:
        raise UseRefused("the database is empty: run `minyi init`")
    if present != wanted:
        raise UseRefused(f"the database is at schema {present}, this program wants {wanted}: run `minyi init`")


def _set_up(settings: Settings) -> None:
    """Keys, folder, migrated database, chain, divisions. Harmless when all is there."""
    from minyi.audit.operations import ensure_chain
    from minyi.places.commands import import_divisions_file
    from minyi.schema import migrate, newest_revision, present_revision
    from minyi.web.door import open_door

    make_secrets(settings.instance)
    engine = _engine(settings)
    present, wanted = present_revision(engine), newest_revision()
    if present != wanted:
        say(f"Database: {present or 'empty'} -> {wanted}")
        migrate(engine)
    door = open_door(engine)
    door.write(ensure_chain)
    report = import_divisions_file(door, settings.content_dir / "data/divisions/nanping-divisions.csv", edition="2023")
    if report["added"]:
        say(f"Divisions: {report['added']} places")
    door.close()
    engine.dispose()


def up(given: argparse.Namespace) -> int:
    """What `make run` does after the environment is there."""
    started = time.monotonic()
    settings = _settings(given, demo=True)
    if settings.host not in {"127.0.0.1", "localhost", "::1"}:
        raise UseRefused(
            "the demonstration serves on loopback only: use `minyi init` and `minyi serve` for a real hall"
        )
    import os

    port = int(os.environ.get("PORT", settings.port))
    settings = settings.model_copy(update={"port": port, "base_url": f"http://{settings.host}:{port}"})
    from minyi_site.build import build_site

    build_site(ROOT, say=say)
    _set_up(settings)
    from minyi.demonstration import load_demonstration

    load_demonstration(settings, say=say)
    say(f"Ready after {time.monotonic() - started:.1f} s")
    address = settings.base_url
    say(f"\n  民议 Minyi   {address}/        English {address}/en/")
    say(f"  议一议 topics {address}/topics/  走一走 step in as someone {address}/demo/\n")
    return serve_settings(settings, with_worker=True)


def serve_settings(settings: Settings, *, with_worker: bool) -> int:
    """Serve with these settings until told to stop."""
    from minyi.serving import serve as serve_hall

    serve_hall(settings, with_worker=with_worker)
    return 0


def init(given: argparse.Namespace) -> int:
    """Set an instance up, or bring an older one to this program's schema."""
    from minyi.kernel.clock import now
    from minyi.people.operations import make_first_clerk_link

    settings = _settings(given)
    _set_up(settings)
    door = _door(settings)
    token = door.write(lambda tx: make_first_clerk_link(tx, now=now()))
    door.close()
    if token is None:
        say("The instance is set up; it has its first clerk already.")
    else:
        say(f"The instance is set up. For the first clerk, once, within 24 hours:\n  {settings.base_url}/start/{token}")
    return 0


def serve(given: argparse.Namespace) -> int:
    """Serve a set-up instance."""
    more = {"port": given.port} if given.port else {}
    settings = _settings(given, **more)
    engine = _engine(settings)
    _require_schema(engine)
    engine.dispose()
    say(f"Serving on http://{settings.host}:{settings.port}")
    return serve_settings(settings, with_worker=not given.no_worker)


def worker(given: argparse.Namespace) -> int:
    """Run recurring jobs."""
    from minyi.serving import work_until_told

    work_until_told(_settings(given))
    return 0


def doctor(given: argparse.Namespace) -> int:
    """Each finding is one line: what is wrong, and the mend."""
    from minyi.doctor import findings

    found = findings(_settings(given))
    for line in found:
        print(line)
    if not found:
        say("Nothing is wrong with this set-up.")
    return 1 if found else 0


def check(given: argparse.Namespace) -> int:
    """Invariants of every part, foreign keys, the chain."""
    from sqlalchemy.orm import Session

    from minyi.checking import check_all

    engine = _engine(_settings(given))
    _require_schema(engine)
    with Session(engine) as read:
        faults = check_all(read)
    if given.json:
        print(json.dumps({"sound": not faults, "faults": faults}, ensure_ascii=False))
    else:
        for fault in faults:
            print(fault)
        if not faults:
            say("Everything holds.")
    return 1 if faults else 0


def backup(given: argparse.Namespace) -> int:
    """Write a backup."""
    from minyi.backup import write_backup
    from minyi.kernel.clock import now

    settings = _settings(given)
    engine = _engine(settings)
    _require_schema(engine)
    if not given.file.parent.is_dir():
        raise UseRefused(f"{given.file}: its folder does not exist")
    manifest = write_backup(engine, settings.instance, given.file, now=now())
    say(
        f"{given.file}: {sum(part['rows'] for part in manifest['parts'].values())} rows, {given.file.stat().st_size} bytes"
    )
    return 0


def restore(given: argparse.Namespace) -> int:
    """Put a backup into a new instance and check it."""
    from sqlalchemy.orm import Session

    from minyi.backup import BackupRefused, check_backup, restore_backup
    from minyi.checking import check_all
    from minyi.schema import migrate, present_revision

    settings = _settings(given)
    try:
        check_backup(given.file)
        settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        engine = _engine(settings)
        if present_revision(engine) is None:
            migrate(engine)
        manifest = restore_backup(engine, settings.instance, given.file)
    except BackupRefused as refused:
        raise UseRefused(str(refused)) from refused
    with Session(engine) as read:
        faults = check_all(read)
    for fault in faults:
        print(fault)
    say(f"Restored: {sum(part['rows'] for part in manifest['parts'].values())} rows as of {manifest['taken_at']}")
    return 1 if faults else 0


def import_file(given: argparse.Namespace) -> int:
    """Import, all or nothing."""
    settings = _settings(given)
    if not given.path.exists():
        raise UseRefused(f"{given.path}: no such file or folder")
    door = _door(settings)
    try:
        if given.kind == "divisions":
            from minyi.places.commands import import_divisions_file

            report = import_divisions_file(door, given.path, edition="")
        else:
            from minyi.config import read_secrets
            from minyi.topics.commands import import_polis

            key = read_secrets(settings.instance).pseudonym_key
            report = import_polis(door, given.path, place_code=given.place, pseudonym_key=key)
    except ValueError as error:
        raise UseRefused(str(error)) from error
    finally:
        door.close()
    if given.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        for name, value in report.items():
            say(f"{name}: {value}")
    return 0


def rules_list(given: argparse.Namespace) -> int:
    """The rule packs."""
    from minyi.votes.commands import list_rules

    return list_rules(as_json=given.json)


def rules_apply(given: argparse.Namespace) -> int:
    """What a pack says of given numbers."""
    from minyi.votes.commands import apply_rules

    try:
        return apply_rules(given.pack, given.file, as_json=given.json)
    except ValueError as error:
        raise UseRefused(str(error)) from error


if __name__ == "__main__":
    console()
