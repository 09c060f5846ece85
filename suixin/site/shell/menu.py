"""The menus: where one may go, under which title, with which icon, by which right.

An entry of the console is shown to who may do its verb anywhere, and its page opens to nobody else
(`readers.staff_page`); an empty verb is everybody's who signed in.
"""

from django.utils.translation import gettext

from suixin.ground.security import policy
from suixin.kit.actor import Actor

PORTAL_MENU = (
    ("portal-home", "首页"), ("dataset-list", "开放数据"), ("catalogue", "资源目录"), ("developers", "开发者"),
    ("help", "帮助"),
)
# (name of the address, title, icon, verb)
CONSOLE_MENU = (
    ("console-home", "待办", "inbox", ""),
    ("console-started", "我发起的", "upload", ""),
    ("console-delegations", "委托", "user", ""),
    ("console-cases", "办件", "list", "flow.view"),
    ("console-late", "超期", "warn", "flow.view"),
    ("console-league", "按时办结率", "chart", "flow.view"),
    ("console-orders", "工单", "check", "flow.view"),
    ("console-resources", "数据资源", "table", "catalog.view"),
    ("console-upload", "上传归集", "upload", "collection.run"),
    ("console-procedures", "流程", "tree", "flow.view"),
    ("console-calendar", "工作日日历", "table", "flow.view"),
    ("console-forms", "填报", "list", "forms.fill"),
    ("console-grants", "授权", "key", "access.view"),
    ("console-applications", "应用", "table", "people.view_application"),
    ("console-keys", "密钥", "lock", "security.view"),
    ("console-access", "访问日志", "list", "access.view"),
    ("console-audit", "审计日志", "lock", "audit.view"),
    ("console-audit-mine", "我的操作记录", "user", ""),
    ("console-jobs", "后台作业", "list", "site.view"),
    ("console-health", "运行状况", "check", "site.view"),
    ("console-outbox", "发件箱", "send", "notify.view"),
    ("console-settings", "现行设置", "table", "site.view"),
    ("console-compliance", "合规自检", "check", "site.view"),
    ("console-people", "人员", "user", "people.view"),
    ("console-organisations", "机构", "tree", "people.view"),
    ("console-roles", "角色与权限", "check", "people.view"),
)


def console_menu(actor: Actor) -> list[tuple[str, str, str]]:
    """(name of the address, title in the reader's language, icon) of every entry that the actor may open."""
    return [
        (name, gettext(title), icon) for name, title, icon, verb in CONSOLE_MENU if not verb or _may_open(actor, verb)
    ]


def _may_open(actor: Actor, verb: str) -> bool:
    """Pages of the machine are about the whole instance: only who governs all of it has them."""
    return policy.may(actor, verb, None) if verb.startswith("site.") else policy.may_anywhere(actor, verb)


def verb_of(url_name: str) -> str:
    """The verb that opens the page of that menu entry; "" for pages that stand in no menu."""
    return next((verb for name, _, _, verb in CONSOLE_MENU if name == url_name), "")
