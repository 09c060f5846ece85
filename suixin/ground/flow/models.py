"""Procedures and what runs of them: state is rows, so that an inbox, a list and a league table are plain queries.

Promise  a version never changes; an instance keeps the version it began with; transitions are only added;
         a node opens once in each round and organisation; who is first to decide a step is the only one
Columns  organisation, role, assignee, due_at, colour are kept on the step, title and procedure copied there, for lists
"""

import uuid as uuid_lib

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from suixin.ground.flow.orders import models as orders  # noqa: F401  tables of this module too: Django finds them here
from suixin.ground.people.models import Account, Organisation


class Colour(models.TextChoices):
    """How near the due date is: more than a third left; a third or one working day; past it."""

    GREEN = "green", "正常"
    AMBER = "amber", "临期"
    RED = "red", "超期"


class InstanceStatus(models.TextChoices):
    """Where an instance stands."""

    RUNNING = "running", "办理中"
    SUSPENDED = "suspended", "挂起"
    SUPPLEMENT = "supplement", "待补正"
    DONE = "done", "办结"
    REJECTED = "rejected", "不予同意"
    WITHDRAWN = "withdrawn", "已撤回"
    STOPPED = "stopped", "已终止"


LIVE = (InstanceStatus.RUNNING, InstanceStatus.SUSPENDED, InstanceStatus.SUPPLEMENT)
LIT = (Colour.AMBER, Colour.RED)


class StepStatus(models.TextChoices):
    """Where a step stands; only an open one waits for somebody."""

    OPEN = "open", "待办"
    STOPPED = "stopped", "停钟"
    DONE = "done", "已办"
    SKIPPED = "skipped", "略过"
    CANCELLED = "cancelled", "取消"


ACTIVE = (StepStatus.OPEN, StepStatus.STOPPED)


class StepKind(models.TextChoices):
    """What is asked: the declared node, the starter's supplement, or an approver's yes to a stop or an extension."""

    TASK = "task", "办理"
    JOINT = "joint", "联合办理"
    AUTO = "auto", "自动"
    MEASURE = "measure", "复测"
    FLOW = "flow", "子流程"
    SUPPLEMENT = "supplement", "补正"
    APPROVAL = "approval", "审批"


BESIDE = (StepKind.SUPPLEMENT, StepKind.APPROVAL)  # stand beside the declared nodes


class SegmentKind(models.TextChoices):
    """Why a clock stood, or was given more time."""

    SUSPEND = "suspend", "挂起"
    SUPPLEMENT = "supplement", "补正"
    SPECIAL = "special", "特别程序"
    EXTENSION = "extension", "延长"


class Procedure(models.Model):
    """A procedure by name; what it is stands in its versions."""

    slug = models.SlugField("标识", max_length=80, unique=True)
    title = models.CharField("名称", max_length=200)
    subject = models.CharField("对象类型", max_length=80, blank=True)

    class Meta:
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.title


class ProcedureVersion(models.Model):
    """One published declaration, in force from a day until the next one is; never changed."""

    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField("版本")
    declaration = models.JSONField("声明", encoder=DjangoJSONEncoder)
    digest = models.CharField("SM3", max_length=64)
    effective_from = models.DateField("生效日期", db_index=True)
    published_at = models.DateTimeField("发布时间")
    published_by = models.CharField("发布人", max_length=120)
    note = models.CharField("说明", max_length=500, blank=True)

    class Meta:
        ordering = ("-number",)
        constraints = [models.UniqueConstraint(fields=["procedure", "number"], name="flow_version_once")]

    def __str__(self) -> str:
        return f"{self.procedure.slug} v{self.number}"


class Instance(models.Model):
    """One run of a version about one subject. `organisation` leads it, `sequence` counts its transitions."""

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="instances")
    version = models.ForeignKey(ProcedureVersion, models.PROTECT, related_name="instances")
    subject_kind = models.CharField("对象类型", max_length=80)
    subject_key = models.CharField("对象标识", max_length=200)
    title = models.CharField("标题", max_length=300)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="flow_instances", verbose_name="牵头单位")
    starter_kind = models.CharField("发起人类型", max_length=16)
    starter_key = models.CharField("发起人标识", max_length=150)
    starter_name = models.CharField("发起人", max_length=120)
    starter_role = models.CharField("发起人角色", max_length=32, blank=True)
    starter_organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+", verbose_name="发起单位")
    parties = models.JSONField("参与方", default=dict)
    data = models.JSONField("数据", default=dict, encoder=DjangoJSONEncoder)
    status = models.CharField("状态", max_length=12, choices=InstanceStatus, default=InstanceStatus.RUNNING)
    colour = models.CharField("灯色", max_length=6, choices=Colour, default=Colour.GREEN)
    started_at = models.DateTimeField("开始时间")
    due_at = models.DateTimeField("承诺到期", null=True)
    amber_at = models.DateTimeField("临期时间", null=True)
    statutory_due_at = models.DateTimeField("法定到期", null=True)
    finished_at = models.DateTimeField("结束时间", null=True)
    outcome = models.CharField("结果", max_length=200, blank=True)
    parent = models.ForeignKey("Step", models.PROTECT, null=True, blank=True, related_name="children")
    sequence = models.PositiveIntegerField("变更序号", default=0)
    in_hand: object = None  # of the action that holds this row: what its subject's guard or whoever started it has locked (subjects.py)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["organisation", "status", "due_at"], name="flow_inst_org"),
            models.Index(fields=["organisation", "status", "colour", "due_at"], name="flow_inst_colour"),
            models.Index(fields=["subject_kind", "subject_key"], name="flow_inst_subject"),
            models.Index(fields=["starter_kind", "starter_key", "-id"], name="flow_inst_starter"),
            models.Index(fields=["organisation", "due_at", "id"], name="flow_inst_org_live", condition=Q(status__in=LIVE)),
            models.Index(fields=["status", "due_at", "id"], name="flow_inst_status_live", condition=Q(status__in=LIVE)),
            models.Index(fields=["due_at", "id"], name="flow_inst_live", condition=Q(status__in=LIVE)),
            models.Index(fields=["colour", "due_at", "id"], name="flow_inst_live_colour", condition=Q(status__in=LIVE)),
            models.Index(
                fields=["id"], include=["colour", "statutory_due_at"], name="flow_inst_lit", condition=Q(status__in=LIVE, colour__in=LIT),
            ),
            models.Index(fields=["started_at", "id"], name="flow_inst_started"),
            models.Index(fields=["status", "started_at", "id"], name="flow_inst_status"),
            models.Index(fields=["organisation", "status", "started_at", "id"], name="flow_inst_org_began"),
            models.Index(fields=["amber_at"], name="flow_inst_amber", condition=Q(status="running", colour="green")),
            models.Index(fields=["due_at"], name="flow_inst_red", condition=Q(status="running", colour__in=["green", "amber"])),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_live(self) -> bool:
        """Whether anything may still happen to it."""
        return self.status in LIVE


class Step(models.Model):
    """Something that waits, waited or was left out: one node, in one organisation, in one round."""

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    instance = models.ForeignKey(Instance, models.CASCADE, related_name="steps")
    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="+")
    node = models.CharField("环节", max_length=80)
    kind = models.CharField("类型", max_length=12, choices=StepKind, default=StepKind.TASK)
    title = models.CharField("环节名称", max_length=200)
    subject_title = models.CharField("事项", max_length=300)
    round = models.PositiveSmallIntegerField("轮次", default=1)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="flow_steps", verbose_name="办理单位")
    role = models.CharField("角色", max_length=32, blank=True)
    assignee = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="flow_steps", verbose_name="办理人")
    status = models.CharField("状态", max_length=12, choices=StepStatus, default=StepStatus.OPEN)
    colour = models.CharField("灯色", max_length=6, choices=Colour, default=Colour.GREEN)
    opened_at = models.DateTimeField("开始时间")
    due_at = models.DateTimeField("到期时间", null=True)
    amber_at = models.DateTimeField("临期时间", null=True)
    escalate_at = models.DateTimeField("下次督办", null=True)
    escalated = models.PositiveSmallIntegerField("已督办", default=0)
    done_at = models.DateTimeField("办理时间", null=True)
    is_late = models.BooleanField("超期办理", default=False)
    outcome = models.CharField("办理结果", max_length=32, blank=True)
    decided_by = models.CharField("办理人", max_length=120, blank=True)
    target = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="+", verbose_name="所审批的环节")
    request = models.JSONField("请求", default=dict, encoder=DjangoJSONEncoder)  # of an approval or a supplement

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["instance", "node", "organisation", "round"], name="flow_step_once",
                condition=~Q(kind__in=["supplement", "approval"]) & Q(organisation__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["instance", "node", "round"], name="flow_step_once_alone",
                condition=~Q(kind__in=["supplement", "approval"]) & Q(organisation=None),
            ),
        ]
        indexes = [
            models.Index(fields=["assignee", "due_at", "id"], name="flow_step_mine", condition=Q(status="open")),
            models.Index(fields=["organisation", "role", "due_at", "id"], name="flow_step_post", condition=Q(status="open")),
            models.Index(fields=["organisation", "due_at"], name="flow_step_org", condition=Q(status="open")),
            models.Index(fields=["due_at", "id"], name="flow_step_due", condition=Q(status="open")),
            models.Index(fields=["organisation", "done_at"], name="flow_step_done", condition=Q(status="done")),
            models.Index(fields=["amber_at"], name="flow_step_amber", condition=Q(status="open", colour="green")),
            models.Index(fields=["due_at"], name="flow_step_red", condition=Q(status="open", colour__in=["green", "amber"])),
            models.Index(fields=["escalate_at"], name="flow_step_escalate", condition=Q(status="open")),
            models.Index(fields=["organisation", "due_at", "id"], name="flow_step_stopped", condition=Q(status="stopped")),
            models.Index(fields=["assignee", "due_at", "id"], name="flow_step_my_stopped", condition=Q(status="stopped")),
        ]

    def __str__(self) -> str:
        return f"{self.title}:{self.subject_title}"


class SilentTrial(models.Model):
    """A step that silence should have decided and could not: how often it was tried, why it failed, when it is tried again."""

    step = models.OneToOneField(Step, models.CASCADE, related_name="silent_trial")
    tries = models.PositiveSmallIntegerField("已试次数", default=0)
    reason = models.CharField("原因", max_length=500, blank=True)
    retry_at = models.DateTimeField("下次再试", db_index=True)

    def __str__(self) -> str:
        return f"{self.step_id} {self.tries}"


class Transition(models.Model):
    """One thing that happened; only added. `key` makes a repeated request harmless. Replayed, they give the rows again."""

    instance = models.ForeignKey(Instance, models.CASCADE, related_name="transitions")
    sequence = models.PositiveIntegerField("序号")
    step = models.ForeignKey(Step, models.CASCADE, null=True, related_name="transitions")
    node = models.CharField("环节", max_length=80, blank=True)
    action = models.CharField("动作", max_length=32)
    from_status = models.CharField("原状态", max_length=12, blank=True)
    to_status = models.CharField("新状态", max_length=12, blank=True)
    actor_kind = models.CharField("主体类型", max_length=16)
    actor_key = models.CharField("主体标识", max_length=150)
    actor_name = models.CharField("主体", max_length=120)
    organisation = models.CharField("机构代码", max_length=18, blank=True)
    on_behalf = models.CharField("代", max_length=120, blank=True)
    reason = models.CharField("理由", max_length=1000, blank=True)
    document = models.CharField("文号", max_length=200, blank=True)
    approver = models.CharField("批准人", max_length=120, blank=True)
    data = models.JSONField("内容", default=dict, encoder=DjangoJSONEncoder)
    key = models.CharField("请求标识", max_length=80, null=True)  # null: many without, unique among those with
    at = models.DateTimeField("时间")

    class Meta:
        ordering = ("instance_id", "sequence")
        constraints = [
            models.UniqueConstraint(fields=["instance", "sequence"], name="flow_transition_order"),
            models.UniqueConstraint(fields=["instance", "key"], name="flow_transition_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.action}"


class ClockSegment(models.Model):
    """A stop of a clock, or time added to it; of one step, or (step empty) of the whole instance."""

    instance = models.ForeignKey(Instance, models.CASCADE, related_name="segments")
    step = models.ForeignKey(Step, models.CASCADE, null=True, related_name="segments")
    kind = models.CharField("类型", max_length=12, choices=SegmentKind)
    started_at = models.DateTimeField("开始")
    stopped_at = models.DateTimeField("结束", null=True)
    days = models.PositiveSmallIntegerField("延长工作日", default=0)
    is_restart = models.BooleanField("重新起算", default=False)
    reason = models.CharField("理由", max_length=1000, blank=True)
    legal_basis = models.CharField("依据", max_length=300, blank=True)
    document = models.CharField("文号", max_length=200, blank=True)
    approver = models.CharField("批准人", max_length=120, blank=True)

    class Meta:
        ordering = ("started_at", "id")
        indexes = [models.Index(fields=["instance"], name="flow_segment_open", condition=Q(stopped_at=None))]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.started_at:%Y-%m-%d}"


class CalendarYear(models.Model):
    """A year whose official calendar is known; every other year is computed as weekdays (未公布)."""

    year = models.PositiveSmallIntegerField("年份", unique=True)
    document = models.CharField("文件", max_length=200, blank=True)
    source = models.CharField("来源", max_length=300, blank=True)
    imported_at = models.DateTimeField("载入时间")

    class Meta:
        ordering = ("-year",)

    def __str__(self) -> str:
        return str(self.year)


class CalendarDay(models.Model):
    """A day that differs from its weekday: a holiday (not a workday) or a makeup workday (调休上班)."""

    date = models.DateField("日期", unique=True)
    is_workday = models.BooleanField("上班")
    name = models.CharField("名称", max_length=40, blank=True)
    source = models.CharField("来源", max_length=200, blank=True)

    class Meta:
        ordering = ("date",)

    def __str__(self) -> str:
        return f"{self.date} {'上班' if self.is_workday else '放假'}"


class Delegation(models.Model):
    """Somebody else does another's steps for a time (`until` is the last day)."""

    giver = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="委托人")
    receiver = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="受托人")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="单位")
    since = models.DateField("开始日期")
    until = models.DateField("结束日期")
    reason = models.CharField("理由", max_length=300)
    document = models.CharField("文号", max_length=200, blank=True)
    approver = models.CharField("批准人", max_length=120, blank=True)
    revoked_at = models.DateTimeField("撤销时间", null=True)
    created_at = models.DateTimeField("建立时间")

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["receiver", "until"], name="flow_delegation_receiver")]

    def __str__(self) -> str:
        return f"{self.giver} → {self.receiver}"
