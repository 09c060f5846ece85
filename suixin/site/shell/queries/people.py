"""What the people pages show: staff within an administrator's reach, one account, organisations as a tree."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.ground.audit.models import Record
from suixin.ground.flow.models import ACTIVE, Step
from suixin.ground.people import staff
from suixin.ground.people.models import Account, Organisation, Post, Role
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Pages, Table, Tone
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.templatetags.suixin import moment
from suixin.site.shell.words import role_name, word

PAGE_SIZE = 50
SIGN_IN_MOVES = {
    "reset": ("people.reset_factors", "重置二次验证"), "unlock": ("people.unlock", "解除锁定"),
    "password": ("people.give_password", "重新发放初始密码"), "sessions": ("people.end_sessions", "让账号在各处退出"),
}
STATES = (("active", "启用"), ("disabled", "已停用"), ("idle", "没有有效岗位"))


@dataclass(frozen=True, slots=True)
class StaffList:
    """One page of staff; `roles`, `states`, `organisations`: value, label, whether chosen."""

    words: str
    table: Table
    pages: Pages
    roles: Sequence[tuple[str, str, bool]]
    states: Sequence[tuple[str, str, bool]]
    organisations: Sequence[tuple[str, str, bool]]
    may_create: bool


@dataclass(frozen=True, slots=True)
class PostRow:
    """One post of an account; `may_end` when the reader may end it."""

    post: Post
    role: str
    state: Cell
    may_end: bool


@dataclass(frozen=True, slots=True)
class AccountPage:
    """One account as an administrator sees it. `sign_in_moves`: value and label of what the reader may do to its sign-in."""

    account: Account
    state: Cell
    facts: Sequence[tuple[str, str]]
    posts: Sequence[PostRow]
    history: Table
    may_edit: bool
    why_not: str
    sign_in_moves: Sequence[tuple[str, str]]
    open_steps: int
    may_hand_over: bool


def visible_accounts(actor: Actor) -> QuerySet[Account]:
    """Accounts with a post, held now or before, within the actor's reach; all of them for who governs everything."""
    condition = within(actor, "people.view", "organisation")
    if condition == Q():
        return Account.objects.all()
    return Account.objects.filter(Exists(Post.objects.filter(condition, account=OuterRef("pk"))))


def account_by(pk: int, *, actor: Actor) -> Account:
    """The account of that number. Raises NotFound, NotAllowed."""
    found = Account.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("没有这个账号；请从人员列表进入。")
    if not visible_accounts(actor).filter(pk=pk).exists():
        policy.refuse(actor, "people.view", found)
    return found


def staff_list(parameters: QueryDict, *, actor: Actor) -> StaffList:
    """Staff under `q` (name, account), `organisation` (slug, with everything below), `role`, `state`, `page`."""
    words, role = parameters.get("q", "").strip()[:60], parameters.get("role", "")
    state, slug = parameters.get("state", ""), parameters.get("organisation", "")[:60]
    today, posts = clock.today(), Post.objects.in_force(clock.today())
    found = visible_accounts(actor)
    for part in words.split():
        found = found.filter(Q(display_name__icontains=part) | Q(username__icontains=part))
    places = Organisation.objects.filter(within(actor, "people.view")).order_by("lineage")
    if place := places.filter(slug=slug).first():
        below = Post.objects.not_ended(today).filter(organisation__lineage__startswith=place.lineage)
        found = found.filter(Exists(below.filter(account=OuterRef("pk"))))
    if role in Role.values:
        found = found.filter(Exists(posts.filter(account=OuterRef("pk"), role=role)))
    if state in ("active", "disabled"):
        found = found.filter(is_active=state == "active")
    elif state == "idle":
        found = found.filter(~Exists(posts.filter(account=OuterRef("pk"))))
    current = Prefetch("posts", Post.objects.not_ended(today).select_related("organisation"), to_attr="current_posts")
    accounts, pages = page_of(found.prefetch_related(current).order_by("pk"), parameters, size=PAGE_SIZE)
    return StaffList(
        words, _staff(accounts), pages,
        [(value, role_name(value), value == role) for value in Role.values],
        [(value, word(label), value == state) for value, label in STATES],
        [(one.slug, f"{'　' * (len(one.path) - 1)}{one}", one.slug == slug) for one in places],
        policy.may_anywhere(actor, "people.create_account"),
    )


def account_page(account: Account, *, actor: Actor) -> AccountPage:
    """One account with its posts, what was done to it lately, and whether `actor` may change it."""
    today, why_not = clock.today(), staff.why_not_over(account, actor=actor)
    may_edit = not why_not
    posts = account.posts.select_related("organisation").order_by("valid_to", "pk")
    rows = [
        PostRow(post, role_name(post.role), _post_state(post), may_edit and (not post.valid_to or post.valid_to > today))
        for post in posts
    ]
    facts = [
        (gettext("姓名"), account.display_name), (gettext("账号"), account.username), (gettext("手机"), account.mobile),
        (gettext("建立时间"), moment(account.date_joined)),
        (gettext("上次登录"), moment(account.last_login) if account.last_login else gettext("从未登录")),
        (gettext("启停说明"), account.state_note),
    ]
    moves = [(move, word(label)) for move, (verb, label) in SIGN_IN_MOVES.items() if staff.may_over(account, verb, actor=actor)]
    waiting = Step.objects.filter(assignee=account, status__in=ACTIVE).count()
    may_hand_over = bool(waiting) and policy.may_anywhere(actor, "flow.hand_over")
    return AccountPage(
        account, _state(account), facts, rows, _history(account), may_edit, why_not, moves, waiting, may_hand_over,
    )


def givable(actor: Actor) -> tuple[list[int], list[str]]:
    """(organisations in force, roles) among which the actor gives posts."""
    places = Organisation.objects.in_force(clock.today()).filter(within(actor, "people.create_account"))
    roles = [role for role in Role.values if policy.may_anywhere(actor, f"people.give_{role}")]
    if not actor.governs_all:
        roles = [role for role in roles if role not in staff.OF_THE_INSTANCE]
    return list(places.values_list("pk", flat=True)), roles


def _staff(accounts: Sequence[Account]) -> Table:
    columns = (
        Column(gettext("姓名")), Column(gettext("账号"), is_code=True), Column(gettext("岗位")), Column(gettext("状态")),
        Column(gettext("上次登录")),
    )
    rows = []
    for account in accounts:
        posts = getattr(account, "current_posts", [])
        lines = [f"{post.organisation} {role_name(post.role)}" for post in posts]
        more = gettext("等 %(n)d 个岗位") % {"n": len(lines)} if len(lines) > 2 else ""
        rows.append((
            Cell(str(account), reverse("console-person", args=[account.pk])), Cell(account.username),
            Cell("；".join(lines[:2]), note=more), _state(account),
            Cell(moment(account.last_login) if account.last_login else gettext("从未登录")),
        ))
    return Table(gettext("人员"), columns, rows, gettext("没有符合条件的人员。"))


def _state(account: Account) -> Cell:
    if not account.is_active:
        return Cell(gettext("已停用"), tone="bad")
    return Cell(gettext("初始密码未改"), tone="warn") if account.must_change_password else Cell(gettext("启用"), tone="good")


def _post_state(post: Post) -> Cell:
    today = clock.today()
    tone: Tone = "quiet"
    if post.valid_to is not None and post.valid_to <= today:
        text = gettext("已离任")
    elif not post.organisation.is_in_force(today):
        text = gettext("机构已撤销或未设立")
    elif post.valid_from is not None and post.valid_from > today:
        text, tone = gettext("尚未到任"), "info"
    else:
        text, tone = gettext("在任"), "good"
    return Cell(text, tone=tone)


def _history(account: Account) -> Table:
    columns = (Column(gettext("时间")), Column(gettext("操作")), Column(gettext("经办")), Column(gettext("理由"), is_long=True))
    posts = [str(pk) for pk in account.posts.values_list("pk", flat=True)]  # by key: nothing finds a word in `detail` but reading all
    about = Q(object_type="people.account", object_key=account.username) | Q(object_type="people.post", object_key__in=posts)
    found = Record.objects.filter(about, action__startswith="people.").order_by("-id")[:20]
    rows = [(Cell(moment(r.at)), Cell(word(ACTIONS.get(r.action, r.action))), Cell(r.actor_name), Cell(r.basis)) for r in found]
    return Table(gettext("办理记录"), columns, rows, gettext("还没有办理记录。"))


ACTIONS = {
    "people.account_created": "建立账号", "people.account_edited": "更改资料",
    "people.post_given": "安排岗位", "people.post_ended": "结束岗位",
    "people.account_disabled": "停用账号", "people.account_enabled": "启用账号",
    "people.factors_reset": "重置二次验证", "people.password_given": "重新发放初始密码", "people.unlocked": "解除锁定",
    "people.sessions_ended": "让账号在各处退出", "people.signed_in": "登录", "people.password_changed": "更改密码",
    "people.totp_enrolled": "登记验证器", "people.passkey_registered": "登记通行密钥", "people.factor_removed": "移除二次验证",
    "people.recovery_codes_made": "生成恢复码", "people.recovery_code_used": "使用恢复码",
}
