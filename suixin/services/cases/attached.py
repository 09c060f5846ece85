"""What hangs on a case or an application: materials, papers, messages, cards, fees, appeals; authorities and signatures."""

import uuid as uuid_lib

from django.db import models

from suixin.ground.people.models import Organisation
from suixin.ground.people.residents.models import Resident
from suixin.ground.security.fields import SealedTextField

PURPOSE = "cases"


class Authority(models.Model):
    """A person lets another apply for it: for some items or all, until a day (代办授权)."""

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    principal = models.ForeignKey(Resident, models.PROTECT, related_name="authorities", verbose_name="委托人")
    agent_name = SealedTextField("受托人", purpose=PURPOSE)
    agent_index = models.CharField("受托人盲索引", max_length=32, db_index=True)
    items = models.JSONField("事项编码", default=list)  # empty: every item
    valid_from = models.DateField("生效日期")
    valid_to = models.DateField("截止日期")
    given_at = models.DateTimeField("授权时间")
    revoked_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return str(self.uuid)


class Signature(models.Model):
    """Somebody who applies together with others and signs for itself (会签)."""

    application = models.ForeignKey("cases.Application", models.CASCADE, related_name="signatures")
    name = SealedTextField("共同申请人", purpose=PURPOSE)
    shown_name = models.CharField("共同申请人（脱敏）", max_length=60)
    subject_index = models.CharField("盲索引", max_length=32, db_index=True)
    signed_at = models.DateTimeField("签署时间", null=True)
    signed_by = models.CharField("签署人标识", max_length=150, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=["application", "subject_index"], name="case_signature_once")]

    def __str__(self) -> str:
        return self.shown_name


class MaterialState(models.TextChoices):
    """How a material stands."""

    FETCHED = "fetched", "免提交"
    REUSED = "reused", "复用"
    UPLOADED = "uploaded", "已提交"
    PAPER = "paper", "已收纸质"
    TOLERATED = "tolerated", "容缺"
    PROMISED = "promised", "告知承诺"
    MISSING = "missing", "待补"
    CHECKED = "checked", "已核验"
    LAPSED = "lapsed", "逾期未补"


class Material(models.Model):
    """One material of a case; what is tolerated or promised has a day by which it comes or is checked."""

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="materials")
    number = models.PositiveSmallIntegerField("序号")
    name = models.CharField("材料", max_length=200)
    is_needed = models.BooleanField("必要", default=True)
    state = models.CharField("状态", max_length=12, choices=MaterialState)
    files = models.JSONField("附件", default=list)
    source = models.CharField("来源", max_length=200, blank=True)
    due_on = models.DateField("期限", null=True)
    settled_at = models.DateTimeField("补齐或核查时间", null=True)
    note = models.CharField("说明", max_length=500, blank=True)

    class Meta:
        ordering = ("number",)
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="case_material_once")]
        indexes = [models.Index(fields=["state", "due_on"], name="cases_material_due")]

    def __str__(self) -> str:
        return self.name


class DocumentKind(models.TextChoices):
    """Papers that a case produces."""

    RECEIPT = "receipt", "收件凭证"
    ACCEPTANCE = "acceptance", "受理通知书"
    SUPPLEMENT = "supplement", "补正告知书"
    REFUSAL = "refusal", "不予受理通知书"
    SPECIAL = "special", "特别程序告知书"
    GRANT = "grant", "准予决定书"
    DENIAL = "denial", "不予许可决定书"
    DELIVERY = "delivery", "送达回证"
    FEE = "fee", "缴费通知书"
    PAYMENT = "payment", "缴费凭证"
    REFUND = "refund", "退费凭证"


class Document(models.Model):
    """One paper, numbered; what it said then stands in `facts` and is never changed."""

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="documents")
    kind = models.CharField("文书", max_length=12, choices=DocumentKind)
    number = models.CharField("文号", max_length=80, db_index=True)  # its counter keeps it single within a department
    occasion = models.CharField("事由标识", max_length=60)
    facts = models.JSONField("内容", default=dict)
    issued_at = models.DateTimeField("出具时间")
    issued_by = models.CharField("出具人", max_length=120)

    class Meta:
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=["case", "kind", "occasion"], name="case_document_once")]

    def __str__(self) -> str:
        return self.number


class MessageKind(models.TextChoices):
    """Between whom."""

    APPLICANT = "applicant", "申请人来信"
    DEPARTMENT = "department", "部门答复"
    CONSULTATION = "consultation", "部门征询"
    OPINION = "opinion", "征询意见"


class Message(models.Model):
    """One message about a case; consultations are not for the applicant."""

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="messages")
    kind = models.CharField("类型", max_length=12, choices=MessageKind)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+", verbose_name="被征询单位")
    answers = models.OneToOneField("self", models.PROTECT, null=True, related_name="answer", verbose_name="所答复的征询")
    text = models.TextField("内容", max_length=2000)
    author = models.CharField("作者", max_length=120)
    at = models.DateTimeField("时间")

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%F}"


class CardColour(models.TextChoices):
    """亮牌."""

    YELLOW = "yellow", "黄牌"
    RED = "red", "红牌"


class Card(models.Model):
    """A yellow or red card shown to a department for a case: one of each colour and line."""

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="cards")
    colour = models.CharField("颜色", max_length=6, choices=CardColour)
    line = models.CharField("所依时限", max_length=12)  # reception, promised, statutory, query
    reason = models.CharField("事由", max_length=500)
    given_by = models.CharField("亮牌人", max_length=120)
    given_at = models.DateTimeField("亮牌时间")
    explanation = models.CharField("部门说明", max_length=1000, blank=True)
    explained_by = models.CharField("说明人", max_length=120, blank=True)
    explained_at = models.DateTimeField("说明时间", null=True)

    class Meta:
        ordering = ("-id",)
        constraints = [models.UniqueConstraint(fields=["case", "colour", "line"], name="case_card_once")]

    def __str__(self) -> str:
        return f"{self.get_colour_display()} {self.case}"


class FeeState(models.TextChoices):
    """How a fee stands."""

    DUE = "due", "待缴"
    PENDING = "pending", "支付中"
    PAID = "paid", "已缴"
    REFUNDED = "refunded", "已退"
    WAIVED = "waived", "已减免"


class Fee(models.Model):
    """One line of what a case costs; the order number is ours, given to the provider, so that paying twice books once.

    What is to be paid is `cents` less `reduced`.
    """

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="fees")
    name = models.CharField("收费项目", max_length=200)
    cents = models.PositiveIntegerField("金额（分）")
    reduced = models.PositiveIntegerField("减免（分）", default=0)
    reduction_basis = models.CharField("减免依据", max_length=1000, blank=True)
    basis = models.CharField("依据", max_length=1000, blank=True)
    state = models.CharField("状态", max_length=8, choices=FeeState, default=FeeState.DUE)
    provider = models.CharField("支付渠道", max_length=32, blank=True)
    reference = models.CharField("渠道流水号", max_length=120, blank=True)
    paid_at = models.DateTimeField("缴费时间", null=True)
    asked_at = models.DateTimeField("发起支付时间", null=True)
    looked_at = models.DateTimeField("最近查询时间", null=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["case", "name"], name="case_fee_once"),
            models.CheckConstraint(condition=models.Q(reduced__lte=models.F("cents")), name="case_fee_reduced_at_most_whole"),
        ]
        indexes = [models.Index(fields=["state", "id"], name="cases_fee_state")]

    def __str__(self) -> str:
        return f"{self.name} {self.payable / 100:.2f}"

    @property
    def payable(self) -> int:
        """Cents to be paid."""
        return self.cents - self.reduced


class PaymentState(models.TextChoices):
    """What became of money that came."""

    BOOKED = "booked", "已入账"
    SURPLUS = "surplus", "多收，待退"
    REFUNDING = "refunding", "退款中"
    REFUNDED = "refunded", "已退款"


class Payment(models.Model):
    """Money that a provider took for a fee, once by its reference. What does not settle the fee is a surplus and goes back."""

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    fee = models.ForeignKey(Fee, models.PROTECT, related_name="payments")
    provider = models.CharField("支付渠道", max_length=32)
    reference = models.CharField("渠道流水号", max_length=120)
    cents = models.PositiveIntegerField("金额（分）")
    state = models.CharField("状态", max_length=10, choices=PaymentState)
    came_at = models.DateTimeField("入账时间")
    refund_reason = models.CharField("退款依据", max_length=500, blank=True)
    refund_reference = models.CharField("退款流水号", max_length=120, blank=True)
    refunded_at = models.DateTimeField("退款时间", null=True)
    looked_at = models.DateTimeField("最近查询时间", null=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["provider", "reference"], condition=~models.Q(provider="counter"), name="case_payment_once"),
            models.UniqueConstraint(  # every till numbers its receipts for itself
                fields=["fee", "reference"], condition=models.Q(provider="counter"), name="case_receipt_once"),
            models.UniqueConstraint(fields=["fee"], condition=models.Q(state="booked"), name="case_fee_settled_once"),
        ]
        indexes = [models.Index(fields=["provider", "came_at"], name="cases_payment_day")]

    def __str__(self) -> str:
        return f"{self.provider} {self.reference}"


class Appeal(models.Model):
    """An administrative review or lawsuit that the applicant brought, as far as the department knows."""

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="appeals")
    kind = models.CharField("类型", max_length=12, choices=[("review", "行政复议"), ("lawsuit", "行政诉讼")])
    text = models.TextField("请求和理由", max_length=2000)
    brought_at = models.DateTimeField("登记时间")
    brought_by = models.CharField("登记人", max_length=120)
    result = models.CharField("结果", max_length=500, blank=True)
    settled_at = models.DateTimeField("办结时间", null=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.case}"


class DoubtedValue(models.Model):
    """A prefilled value that the applicant says is not right; its own value was kept beside it, in the submission."""

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    application = models.ForeignKey("cases.Application", models.CASCADE, related_name="doubted")
    field = models.CharField("字段", max_length=40)
    label = models.CharField("名称", max_length=100)
    source = models.CharField("数据来源", max_length=200)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+", verbose_name="来源单位")
    given = SealedTextField("来源的值", purpose=PURPOSE)
    own = SealedTextField("申请人的值", purpose=PURPOSE)
    at = models.DateTimeField("时间")
    order_number = models.CharField("校核工单", max_length=24, blank=True, db_index=True)
    outcome = models.CharField("核对结果", max_length=1000, blank=True)
    settled_at = models.DateTimeField("核对时间", null=True)

    class Meta:
        ordering = ("-id",)
        constraints = [models.UniqueConstraint(fields=["application", "field"], name="case_doubted_once")]

    def __str__(self) -> str:
        return self.label
