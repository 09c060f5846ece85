"""`suixin agent`: the program on a department's front machine; needs a file of settings, no home and no database."""

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suixin.site.agent.running import Agent
    from suixin.site.agent.settings import Settings
    from suixin.site.agent.spool import Spool

FILE = "agent.toml"
TEMPLATE = Path(__file__).resolve().parents[1] / "agent" / "agent.example.txt"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with which file of settings."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    init = acts.add_parser("init", help="write a file of settings to fill in; nothing that is there is touched")
    init.add_argument("folder", nargs="?", default=".", help="where to write it")
    for act, text in (
        ("check", "look at the base, each database and folder, tell the base of the streams; 1 when something is wrong"),
        ("run", "read and push until stopped"), ("status", "what waits, what was read, what is wrong; works beside a running one"),
    ):
        one = acts.add_parser(act, help=text)
        one.add_argument("--config", default=FILE, metavar="FILE", help=f"the file of settings (default {FILE})")
        if act == "run":
            one.add_argument("--once", action="store_true", help="read every stream once, send, end; 1 when something still waits")


def run(options: argparse.Namespace) -> int:
    """0 when all is well."""
    if options.act == "init":
        return _init(Path(options.folder))
    from suixin.site.agent.settings import load

    settings = load(Path(options.config))
    if options.act == "status":
        return _status(settings)
    return _check(settings) if options.act == "check" else _run(settings, is_once=options.once)


def _init(folder: Path) -> int:
    from suixin.site.agent.errors import SettingsWrong

    file, secret = folder / FILE, folder / "secret"
    if file.exists():
        raise SettingsWrong(f"{file} 已经有了,没有改动;要重新开始请先把它移走。")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.write_text(TEMPLATE.read_text("utf-8"), "utf-8")
    secret.touch(mode=0o600)
    print(f"已写好 {file}。请填好它,把应用的密钥写进 {secret}(一行),再运行 suixin agent check --config {file}。")
    return 0


@contextmanager
def _opened(settings: "Settings") -> "Iterator[tuple[Spool, Agent]]":
    """The agent, alone in its state folder."""
    from suixin.site.agent.base import Base
    from suixin.site.agent.reach import clear_scratch, open_reach
    from suixin.site.agent.running import Agent
    from suixin.site.agent.spool import Spool

    open_reach(settings)
    spool = Spool(settings.path(settings.state), limit=settings.spool_megabytes << 20)
    with spool.hold():
        clear_scratch(settings)
        base = Base(settings)
        try:
            yield spool, Agent(settings, spool, base, tell=_say)
        finally:
            base.close()
            spool.close()


def _run(settings: "Settings", *, is_once: bool) -> int:
    with _opened(settings) as (spool, agent):
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: agent.stop.set())
        if is_once:
            is_done = agent.turn(is_due=True)
            faults = [name for name in agent.readers if spool.state(name).fault]
            return 0 if is_done and not faults else 1
        _say(f"开始工作:{len(agent.readers)} 个数据流,推送到 {settings.base}。")
        agent.run()
        _say("已停下;没有传完的留在本机,下次启动接着传。")
    return 0


def _check(settings: "Settings") -> int:
    from suixin.kit.errors import SuixinError

    is_well = True
    with _opened(settings) as (spool, agent):
        for name, reader in agent.readers.items():
            try:
                print(f"正常    {name}  {reader.check()} 共 {len(reader.columns())} 列。")
            except SuixinError as error:
                is_well = False
                print(f"有问题  {name}  {error.sentence}")
        is_heard = agent.beat()
        print(f"{'正常' if is_heard else '有问题'}    底座  {spool.noted('contact')} {spool.noted('warning')}".rstrip())
        for name in agent.readers if is_heard else ():
            state = spool.state(name)
            print(f"{'接收' if state.is_taken else '未接收'}  {name}  {state.told or '底座已设好采集任务。'}")
    return 0 if is_well and is_heard else 1


def _status(settings: "Settings") -> int:
    from suixin.site.agent.spool import Spool

    spool = Spool(settings.path(settings.state), limit=settings.spool_megabytes << 20)
    filled, heard = spool.filled(), spool.noted("heard_ms")
    last = _moment(int(heard)) if heard else "没有"
    print(f"底座    {spool.noted('contact') or '还没有连过。'} 上次连上:{last} {spool.noted('warning')}".rstrip())
    print(f"待发    {filled.chunks} 块,{filled.rows:,} 行,{filled.bytes / (1 << 20):.1f} MB,上限 {settings.spool_megabytes} MB"
          f"{',最早 ' + _moment(filled.oldest_ms) if filled.oldest_ms else ''}")
    faults = 0
    for name in settings.stream:
        state = spool.state(name)
        faults += bool(state.fault)
        read = _moment(state.read_ms) if state.read_ms else "没有"
        print(f"{name}  已读到第 {state.next - 1} 块,待发 {spool.waiting(name)} 块,上次读取:{read}。{state.fault or state.told}")
    spool.close()
    return 1 if faults else 0


def _moment(milliseconds: int) -> str:
    from suixin.kit import clock

    return f"{datetime.fromtimestamp(milliseconds / 1000, clock.CHINA):%Y-%m-%d %H:%M:%S}"


def _say(sentence: str) -> None:
    from suixin.kit import clock

    print(f"{clock.now():%Y-%m-%d %H:%M:%S}  {sentence}", file=sys.stderr, flush=True)
