"""`suixin cascade`: who we are among platforms, introductions, turns with peers, what both ends counted."""

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from suixin.site.cli import cascade_joining

if TYPE_CHECKING:
    from suixin.data.sharing.cascade.models import Link


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    identity = acts.add_parser("identity", help="say who this platform is")
    identity.add_argument("--code", required=True, help="code by which peers know it, once and for all")
    identity.add_argument("--name", required=True)
    identity.add_argument("--level", required=True, choices=["province", "city", "county", "township", "village"])
    identity.add_argument("--division", required=True, help="code of the division that it serves")
    identity.add_argument("--address", default="", help="where peers reach it, scheme and host")
    introduce = acts.add_parser("introduce", help="write our signed introduction, to be handed to a peer")
    introduce.add_argument("file", type=Path)
    run_ = acts.add_parser("run", help="a turn with every peer now; killed, the next one goes on where it stopped")
    run_.add_argument("--once", action="store_true", help="only peers that are due, not those that failed a moment ago")
    acts.add_parser("status", help="every peer: how far both ways are, what waits")
    reconcile = acts.add_parser("reconcile", help="count a day with every peer, list what differs")
    reconcile.add_argument("--day", type=date.fromisoformat, metavar="YYYY-MM-DD", help="the day; yesterday when left out")
    resume = acts.add_parser("resume", help="go on with a link that is held, after both ends compared what they have")
    resume.add_argument("code")
    resume.add_argument("--after", type=int, metavar="NUMBER", help="what the peer has of ours; our next letter is the one after it")
    resume.add_argument("--reason", required=True)
    cascade_joining.add_arguments(acts)


def run(options: argparse.Namespace) -> int:
    """Sentences of what was done; 1 when a peer could not be reached, or a day differs."""
    from suixin.data.sharing.cascade import linking, running
    from suixin.kit.actor import SYSTEM

    if options.act in cascade_joining.ACTS:
        print(cascade_joining.run(options))
        return 0
    match options.act:
        case "identity":
            made = linking.set_platform(
                code=options.code, name=options.name, level=options.level, division=options.division, address=options.address,
                actor=SYSTEM,
            )
            print(f"本平台：{made.name}（{made.code}）。")
        case "introduce":
            options.file.write_bytes(linking.introduction(actor=SYSTEM))
            print(f"介绍文件已写入 {options.file}；请交给对端，并另行核对指纹。")
        case "run":
            turns = running.run_due(actor=SYSTEM, is_every=not options.once)
            print("\n".join(map(str, turns)) or "没有启用的级联平台。")
            return int(any(turn.fault for turn in turns))
        case "status":
            _status()
        case "reconcile":
            return _reconcile(options.day)
        case "resume":
            linking.resume(link_by(options.code), actor=SYSTEM, reason=options.reason, after=options.after)
            print(f"平台 {options.code} 已恢复收发。")
    return 0


def _status() -> None:
    from suixin.data.sharing.cascade.models import Intake, Link

    for intake in Intake.objects.select_related("link__peer", "resource"):
        place = intake.resource or "待认领"
        print(f"回流 {intake.uuid}  {intake.link}  {intake}  {intake.get_state_display()}  {place}  {intake.accepted:,} 行")
    for link in Link.objects.select_related("peer"):
        heard = f"{link.heard_at:%Y-%m-%d %H:%M}" if link.heard_at else "从未联通"
        print(
            f"{link.code}  {link}  {link.get_state_display()}  {link.get_way_display()}  发出 {link.sent}，对方已收 {link.acknowledged}；"
            f"收到 {link.received}，已办 {link.applied}；最近联通 {heard}  {link.sentence}".rstrip()
        )


def _reconcile(day: date | None) -> int:
    from datetime import timedelta

    from suixin.data.sharing.cascade import running
    from suixin.data.sharing.cascade.models import Reconciled, Reconciliation
    from suixin.kit import clock
    from suixin.kit.actor import SYSTEM

    on = day or clock.today() - timedelta(days=1)
    turns = running.run_due(actor=SYSTEM, is_every=True, days=[on])
    for turn in turns:
        if turn.fault:
            print(turn)
    found = list(Reconciliation.objects.filter(day=on).select_related("link__peer"))
    for one in found:
        way = "发出" if one.is_outward else "收到"
        units = ("条目录", "项资源") if one.link.way == "direct" else ("封", "行")
        ours, theirs = (f"{told['messages']:,} {units[0]} {told['rows']:,} {units[1]}" for told in (one.ours, one.theirs))
        print(
            f"{one.link}  {way}  本端 {ours}，对端 {theirs}  {one.get_state_display()}"
            + (f"  缺失 {one.missing[:20]}" if one.missing else "") + (f"  不同 {one.different[:20]}" if one.different else "")
        )
    return int(any(turn.fault for turn in turns) or any(one.state != Reconciled.AGREED for one in found))


def link_by(code: str) -> "Link":
    """The link to the platform of that code. Raises NotFound."""
    from suixin.data.sharing.cascade.models import Link
    from suixin.kit.errors import NotFound

    found = Link.objects.filter(peer__code=code).first()
    if found is None:
        raise NotFound(f"没有级联平台“{code}”；用 suixin cascade status 查看。")
    return found
