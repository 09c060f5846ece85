"""Acts of `suixin cascade` by which platforms come to know one another and data begin to flow; each by a person of the staff."""

import argparse
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from suixin.kit.errors import BadRequest

if TYPE_CHECKING:
    from suixin.data.catalog.models import Resource
    from suixin.data.sharing.cascade.models import Intake
    from suixin.ground.link.models import Peer
    from suixin.kit.actor import Actor

ACTS = ("register", "approve", "connect", "offer", "accept", "direct", "account", "accept-keys", "refuse-keys", "tell-keys", "letter")


def add_arguments(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The acts and what each wants."""
    register = acts.add_parser("register", help="register a peer from its introduction; a second person approves it")
    register.add_argument("file", type=Path)
    register.add_argument("--role", required=True, choices=["upper", "lower", "equal"], help="where the peer stands")
    approve = acts.add_parser("approve", help="approve a registered peer, its fingerprint heard from the other side")
    approve.add_argument("code")
    approve.add_argument("--fingerprint", required=True)
    connect = acts.add_parser("connect", help="carry letters to an approved peer, by the network or through two folders")
    connect.add_argument("code")
    connect.add_argument("--organisation", required=True, metavar="SLUG", help="the bureau that receives there, as it stands here")
    connect.add_argument("--level", required=True, choices=["province", "city", "county", "township", "village"])
    connect.add_argument("--division", required=True, help="code of the division that the peer serves")
    connect.add_argument("--out", default="", metavar="FOLDER", help="write packages here instead of calling its address")
    connect.add_argument("--in", default="", dest="in_", metavar="FOLDER", help="and take the peer's from here")
    offer = acts.add_parser("offer", help="return rows of a resource to a peer by its divisions")
    offer.add_argument("code")
    offer.add_argument("--resource", required=True, metavar="TABLE")
    offer.add_argument("--divisions", nargs="*", default=[], metavar="CODE", help="none: every row")
    offer.add_argument("--columns", nargs="*", default=[], metavar="FIELD", help="none: all")
    offer.add_argument("--basis", required=True)
    offer.add_argument("--until", required=True, type=datetime.fromisoformat, metavar="YYYY-MM-DD")
    offer.add_argument("--receipts", action="store_true", help="each part bears a signed receipt")
    accept = acts.add_parser("accept", help="let rows that a peer returns go into an entry of ours")
    accept.add_argument("flow", help="its identifier, as `suixin cascade status` shows it")
    accept.add_argument("--resource", required=True, metavar="TABLE")
    connect.add_argument("--direct", action="store_true", help="by calls of the national interface, of a platform that `direct` registered")
    direct = acts.add_parser("direct", help="register a platform of the national interface (/sysapi/); a second person approves it")
    direct.add_argument("code")
    direct.add_argument("--name", required=True)
    direct.add_argument("--address", required=True, help="scheme and host before /sysapi/")
    direct.add_argument("--role", required=True, choices=["upper", "lower", "equal"])
    account = acts.add_parser("account", help="what a platform of the national interface issued: a JSON file")
    account.add_argument("code")
    account.add_argument("file", type=Path, help='{"rid", "secret", "services": {name: {"path", "sid"}}, "names", "codes", "minutes"}')
    accept_keys = acts.add_parser("accept-keys", help="accept the keys that a peer announced, its fingerprint heard from the other side")
    accept_keys.add_argument("code")
    accept_keys.add_argument("--fingerprint", required=True)
    refuse_keys = acts.add_parser("refuse-keys", help="refuse the keys that a peer announced, whatever its state")
    tell_keys = acts.add_parser("tell-keys", help="announce our keys once more to a peer that refused or never took them")
    for act in (refuse_keys, tell_keys):
        act.add_argument("code")
    letter = acts.add_parser("letter", help="write a part of rows that a peer sent, as it came and with its receipt, to be verified")
    letter.add_argument("flow", help="its identifier, as `suixin cascade status` shows it")
    letter.add_argument("--part", type=int, required=True, metavar="N", help="number of the part")
    letter.add_argument("--output", "-o", type=Path, required=True, metavar="PATH", help="where it goes")
    for act in (register, approve, connect, offer, accept, direct, account, accept_keys, refuse_keys, tell_keys, letter):
        act.add_argument("--as", required=True, dest="by", metavar="USERNAME", help="who does it: an account of the staff")
    for act in (register, approve, connect, direct, account, accept_keys, refuse_keys, tell_keys):
        act.add_argument("--reason", required=True)


def run(options: argparse.Namespace) -> str:
    """The sentence of what was done."""
    actor = _person(options.by)
    match options.act:
        case "register":
            return _register(options, actor)
        case "approve":
            return _approve(options, actor)
        case "connect":
            return _connect(options, actor)
        case "offer":
            return _offer(options, actor)
        case "direct":
            return _direct(options, actor)
        case "account":
            return _account(options, actor)
        case "accept-keys":
            return _accept_keys(options, actor)
        case "refuse-keys":
            return _refuse_keys(options, actor)
        case "tell-keys":
            return _tell_keys(options, actor)
        case "letter":
            return _letter(options, actor)
    return _accept(options, actor)


def _register(options: argparse.Namespace, actor: "Actor") -> str:
    from suixin.ground.link.actions import register_peer
    from suixin.ground.link.models import Role

    peer = register_peer(options.file.read_bytes(), Role(options.role), actor=actor, reason=options.reason)
    return f"已登记 {peer}，待另一位同事批准；指纹 {peer.fingerprint}，请打电话与对方核对。"


def _approve(options: argparse.Namespace, actor: "Actor") -> str:
    from suixin.ground.link.actions import approve_peer

    return f"已启用 {approve_peer(_peer(options.code), fingerprint=options.fingerprint, actor=actor, reason=options.reason)}。"


def _connect(options: argparse.Namespace, actor: "Actor") -> str:
    from suixin.data.sharing.cascade.linking import Terms, connect
    from suixin.data.sharing.cascade.models import Way
    from suixin.ground.people.models import Organisation
    from suixin.kit.errors import NotFound

    bureau = Organisation.objects.filter(slug=options.organisation).first()
    if bureau is None:
        raise NotFound(f"没有机构“{options.organisation}”；请写机构的英文标识。")
    way = Way.DIRECT if options.direct else Way.FOLDER if options.out or options.in_ else Way.HTTP
    terms = Terms(bureau, options.level, options.division, way, options.out, options.in_)
    link = connect(_peer(options.code), terms, actor=actor, reason=options.reason)
    return f"与 {link} 的连接已启用：{link.get_way_display()}。"


def _direct(options: argparse.Namespace, actor: "Actor") -> str:
    from suixin.data.sharing.cascade.adapters.direct.account import register_direct
    from suixin.ground.link.models import Role

    peer = register_direct(options.code, options.name, options.address, role=Role(options.role), actor=actor, reason=options.reason)
    return f"已登记 {peer}，待另一位同事核对地址后批准；批准时用指纹 {peer.fingerprint}。"


def _account(options: argparse.Namespace, actor: "Actor") -> str:
    import orjson

    from suixin.data.sharing.cascade.adapters.direct.account import Issued, set_account
    from suixin.kit.errors import BadRequest
    from suixin.site.cli.cascade import link_by

    try:
        issued = Issued(**orjson.loads(options.file.read_bytes()))
        if not all(isinstance(one, dict) for one in (issued.services, *issued.services.values(), issued.names, issued.codes)):
            raise TypeError("services")
    except (orjson.JSONDecodeError, TypeError) as error:
        raise BadRequest(f"{options.file} 应为 JSON 对象，成员只有 rid、secret、services、names、codes、minutes；请更正。") from error
    return f"已保存 {set_account(link_by(options.code), issued, actor=actor, reason=options.reason).link} 的接入信息。"


def _accept_keys(options: argparse.Namespace, actor: "Actor") -> str:
    from suixin.data.sharing.cascade.rekeying import accept_keys
    from suixin.site.cli.cascade import link_by

    link = accept_keys(link_by(options.code), fingerprint=options.fingerprint, actor=actor, reason=options.reason)
    return f"已确认 {link} 的新公钥；它改用新公钥之后旧的停用。"


def _offer(options: argparse.Namespace, actor: "Actor") -> str:
    from django.utils.timezone import make_aware

    from suixin.data.sharing.cascade.returning import offer_flow
    from suixin.site.cli.cascade import link_by

    resource = _resource(options.resource)
    until = options.until if options.until.tzinfo else make_aware(options.until)
    columns = options.columns or [item.field for item in resource.contract.items]
    flow = offer_flow(
        link_by(options.code), resource, divisions=options.divisions, columns=columns, basis=options.basis, until=until, actor=actor,
        is_receipted=options.receipts)
    return f"回流 {flow.uuid} 已约定；对方认领后开始写入。"


def _accept(options: argparse.Namespace, actor: "Actor") -> str:
    from suixin.data.sharing.cascade.landing import accept_flow

    accepted = accept_flow(_intake(options.flow), _resource(options.resource), actor=actor)
    return f"“{accepted.title}”今后写入 {options.resource}。"


def _refuse_keys(options: argparse.Namespace, actor: "Actor") -> str:
    from suixin.data.sharing.cascade.rekeying import refuse_keys
    from suixin.site.cli.cascade import link_by

    return f"没有确认{refuse_keys(link_by(options.code), actor=actor, reason=options.reason)}的新公钥；它继续用现在的公钥。"


def _tell_keys(options: argparse.Namespace, actor: "Actor") -> str:
    from suixin.data.sharing.cascade.rekeying import tell_keys_again
    from suixin.site.cli.cascade import link_by

    link = tell_keys_again(link_by(options.code), actor=actor, reason=options.reason)
    return f"已再次告知{link}本平台的新公钥；下次收发时送出，等对方确认。"


def _letter(options: argparse.Namespace, actor: "Actor") -> str:
    from suixin.data.sharing.cascade.landing import letter_of

    content = letter_of(_intake(options.flow), options.part, actor=actor)
    try:
        with open(os.open(options.output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 a descriptor
            file.write(content)
    except FileExistsError as error:
        raise BadRequest(f"{options.output} 已经存在，没有覆盖；请另写一个文件名。") from error
    return f"第 {options.part} 块已写入 {options.output}；核验：suixin receipt verify {options.output} --fingerprint 来源平台的公钥指纹"


def _intake(flow: str) -> "Intake":
    from suixin.data.sharing.cascade.models import Intake
    from suixin.kit.errors import NotFound

    found = next((one for one in Intake.objects.all() if str(one.uuid) == flow), None)
    if found is None:
        raise NotFound(f"没有回流“{flow[:40]}”；用 suixin cascade status 查看。")
    return found


def _person(username: str) -> "Actor":
    from suixin.ground.people.models import Account
    from suixin.ground.people.queries import actor_of
    from suixin.kit.errors import NotFound

    account = Account.objects.filter(username=username, is_active=True).first()
    if account is None:
        raise NotFound(f"没有账号“{username[:60]}”，或已停用。")
    return actor_of(account)


def _peer(code: str) -> "Peer":
    from suixin.ground.link.models import Peer
    from suixin.kit.errors import NotFound

    found = Peer.objects.filter(code=code).first()
    if found is None:
        raise NotFound(f"没有登记平台“{code[:40]}”；请先用 suixin cascade register 登记它的介绍文件。")
    return found


def _resource(table: str) -> "Resource":
    from suixin.data.catalog.models import Resource
    from suixin.kit.errors import NotFound

    found = Resource.objects.select_related("provider").filter(table=table).first()
    if found is None:
        raise NotFound(f"没有信息资源“{table[:60]}”；请写它的表名。")
    return found
