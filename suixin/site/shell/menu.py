"""The menus: where one may go, under which title, with which icon, by which right.

An entry of the console is shown to who may do its verb anywhere, and its page opens to nobody else
(`readers.staff_page`); an empty verb is everybody's who signed in.
"""

from django.utils.translation import gettext

from suixin.ground.security import policy
from suixin.kit.actor import Actor

PORTAL_MENU = (
    ("portal-home", "首页"), ("dataset-list", "开放数据"), ("catalogue", "资源目录"), ("guides", "办事指南"),
    ("themes", "一件事"), ("developers", "开发者"),
    ("help", "帮助"),
)
# (name of the address, title, icon, verb, group)
CONSOLE_MENU = (
    ("console-home", "待办", "inbox", "", "我的工作"),
    ("console-started", "我发起的", "upload", "", "我的工作"),
    ("console-doubts", "我的校核申请", "check", "quality.doubt", "我的工作"),
    ("console-delegations", "委托", "user", "", "我的工作"),
    ("console-audit-mine", "我的操作记录", "list", "", "我的工作"),
    ("console-cases", "办件", "list", "flow.view", "办理"),
    ("console-orders", "工单", "check", "flow.view", "办理"),
    ("console-reception", "窗口收件", "inbox", "cases.receive", "办理"),
    ("console-service-cases", "政务办件", "list", "cases.view", "办理"),
    ("console-matters", "一件事办件", "tree", "cases.view", "办理"),
    ("console-case-money", "收费对账", "table", "cases.view", "办理"),
    ("console-case-untold", "没有送到的通知", "warn", "cases.view", "办理"),
    ("console-case-board", "时限监察", "chart", "cases.supervise", "办理"),
    ("console-items", "政务服务事项", "list", "items.view", "办理"),
    ("console-themes", "一件事主题", "tree", "themes.view", "办理"),
    ("console-forms", "填报", "list", "forms.fill", "办理"),
    ("console-late", "超期", "warn", "flow.view", "办理"),
    ("console-league", "按时办结率", "chart", "flow.view", "办理"),
    ("console-procedures", "流程", "tree", "flow.view", "办理"),
    ("console-calendar", "工作日日历", "table", "flow.view", "办理"),
    ("console-resources", "数据资源", "table", "catalog.view", "数据"),
    ("console-catalogue-lists", "目录清单", "list", "catalog.view", "数据"),
    ("console-demands", "数据需求", "inbox", "catalog.view", "数据"),
    ("console-systems", "信息系统", "table", "catalog.view", "数据"),
    ("console-standards", "标准", "list", "standards.view", "数据"),
    ("console-duplicates", "一数一源", "check", "catalog.decide_duplicates", "数据"),
    ("console-quality", "数据质量", "chart", "quality.view", "数据"),
    ("console-data-sources", "来源", "download", "collection.view", "数据"),
    ("console-upload", "上传归集", "upload", "collection.run", "数据"),
    ("console-destructions", "数据销毁", "lock", "purge.view", "数据"),
    ("console-grants", "授权", "key", "access.view", "数据"),
    ("console-applications", "应用", "table", "people.view_application", "数据"),
    ("console-access", "访问日志", "list", "access.view", "数据"),
    ("console-exchange", "交换", "tree", "sharing.view", "共享"),
    ("console-cascade", "平台级联", "tree", "sharing.view", "共享"),
    ("console-sharing", "数据共享", "send", "sharing.view", "共享"),
    ("console-sharing-supply", "谁在用我的数据", "user", "sharing.view", "共享"),
    ("console-sharing-board", "供需对接", "chart", "sharing.view", "共享"),
    ("console-sharing-traffic", "交换态势", "tree", "sharing.view", "共享"),
    ("console-sharing-violations", "违规预警", "warn", "sharing.view", "共享"),
    ("console-people", "人员", "user", "people.view", "人员与安全"),
    ("console-organisations", "机构", "tree", "people.view", "人员与安全"),
    ("console-roles", "角色与权限", "check", "people.view", "人员与安全"),
    ("console-keys", "密钥", "lock", "security.view", "人员与安全"),
    ("console-audit", "审计日志", "lock", "audit.view", "人员与安全"),
    ("console-compliance", "合规自检", "check", "site.view", "人员与安全"),
    ("console-health", "运行状况", "check", "site.view", "运行"),
    ("console-jobs", "后台作业", "list", "site.view", "运行"),
    ("console-outbox", "发件箱", "send", "notify.view", "运行"),
    ("console-settings", "现行设置", "table", "site.view", "运行"),
)


def console_menu(actor: Actor) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Groups with a title in the reader's language, each of (name of the address, title, icon) that the actor may open."""
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for name, title, icon, verb, group in CONSOLE_MENU:
        if not verb or _may_open(actor, verb):
            groups.setdefault(gettext(group), []).append((name, gettext(title), icon))
    return list(groups.items())


def _may_open(actor: Actor, verb: str) -> bool:
    """Pages of the machine are about the whole instance: only who governs all of it has them."""
    return policy.may(actor, verb, None) if verb.startswith("site.") else policy.may_anywhere(actor, verb)


def verb_of(url_name: str) -> str:
    """The verb that opens the page of that menu entry; "" for pages that stand in no menu."""
    return next((verb for name, _, _, verb, _ in CONSOLE_MENU if name == url_name), "")
