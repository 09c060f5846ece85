"""What the modules give to the flow engine, on one page: subjects, effects, measures, kinds of orders, procedures.

catalog.resource   (catalog)  publication of an entry; effect `catalog.publish`
catalog.demand     (catalog)  a demand is matched, then answered; effects see that it was decided on its page
catalog.change     (catalog)  change or withdrawal of an entry in force; effect `catalog.apply_change`
sharing.part       (sharing)  what is asked of one entry: guards, effects `sharing.receive`, `sharing.grant`, `sharing.ready`
sharing.share      (sharing)  a share that ends: receipt of disposal, filing of a termination; effects `sharing.archive`, `sharing.filed`
sharing.dispute    (sharing)  three steps; guard: the outcome is entered on its page; effect `sharing.settle_dispute`
lake.destruction   (collection) rows that shall end; guard: another person than who asked; effect `purge.approve`
standards.handed_on (site)    a version or mapping that waits; guard: another person; effect `standards.publish`
items.item         (items)    publication of an item by the centre; guard: complete; effect `items.publish`
cases.case         (cases)    reception and handling of a case, which follows both; guard: materials, fees, delivery
items              (items)    asks cases, before an item is published, whether the procedure made from it is proven
apply-* window-*   (forms)    the form of an item's version, online and at a window; handed in, it opens a case, whose readers read it
matter-* joint-*   (forms)    the one form of a theme, online and at a window; handed in, it opens a matter with its cases
themes.theme       (themes)   publication of a theme by the centre; guard: sound; effect `themes.publish`
flow.order         (orders)   every work order; measure `flow.order` asks the order's own; effect `flow.close_order`
catalog-demand     (forms)    handed in, it files a demand; whoever sees the catalogue reads it
work-order-found   (forms)    handed in, it opens a work order; who sees the order reads it and opens its attachments
forms              (forms)    the check of the forms that nodes ask for; who may see a step reads what was handed in for it
quality.batch      (quality)  a batch with rejected rows; measure of its orders
quality.doubt      (quality)  a row that a user says is wrong; measure of its orders
"""

from pathlib import Path

from django.urls import reverse

import suixin
from suixin.data.catalog import changing, demands, publication
from suixin.data.catalog import effects as catalog
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.collection.destruction import asking, deciding
from suixin.data.quality import actions as quality
from suixin.data.quality import correcting
from suixin.data.quality.loop import doubts
from suixin.data.sharing import asking as sharing
from suixin.data.sharing import disposing, disputing, ending
from suixin.ground.files import readers as files
from suixin.ground.flow import answering, procedures, subjects
from suixin.ground.flow.orders import closing, kinds
from suixin.ground.flow.subjects import SubjectKind
from suixin.ground.forms import registry as forms
from suixin.ground.forms.actions import SUBMISSION
from suixin.services.cases import applying, declaring, following, jointly, parties, receiving, window
from suixin.services.cases import asking as application_forms
from suixin.services.items import filed, papers, proving
from suixin.services.items import publishing as items
from suixin.services.matters import advancing, visiting
from suixin.services.matters import asking as theme_forms
from suixin.services.matters import ending as matter_ending
from suixin.services.matters import holding as matter_holding
from suixin.services.matters import opening as matters
from suixin.services.matters import parties as matter_parties
from suixin.services.matters import prefilling as matter_prefilling
from suixin.services.matters import receiving as matter_receiving
from suixin.services.matters.models import Visit
from suixin.services.themes import offering
from suixin.services.themes import publishing as themes
from suixin.site import findings, standard_approval, wishes

SHIPPED = (
    "ground/flow/orders/procedures/work-order.yaml",
    "data/quality/procedures/quality-correction.yaml",
    "data/quality/procedures/data-doubt.yaml",
    "data/catalog/procedures/catalog-publication.yaml",
    "data/catalog/procedures/catalog-change.yaml",
    "data/catalog/procedures/catalog-withdrawal.yaml",
    "data/catalog/procedures/catalog-demand.yaml",
    "data/catalog/procedures/catalog-demand-answer.yaml",
    "data/collection/procedures/data-destruction.yaml",
    "site/standard_approval/standard-approval.yaml",
    "services/items/procedures/items-publication.yaml",
    "services/cases/procedures/case-reception.yaml",
    "services/cases/procedures/case-window-reception.yaml",
    "services/themes/procedures/themes-publication.yaml",
    "data/sharing/procedures/share-request.yaml",
    "data/sharing/procedures/share-disposal.yaml",
    "data/sharing/procedures/share-termination.yaml",
    "data/sharing/procedures/share-dispute.yaml",
)


def declare() -> None:
    """Make all of it known; harmless when called again."""
    subjects.register(SubjectKind("catalog.resource", "信息资源", _resource_href))
    subjects.register(SubjectKind("flow.order", "工单", lambda key: reverse("console-order", args=[key])))
    subjects.register(SubjectKind(quality.SUBJECT, "数据批次", _batch_href))
    subjects.register(SubjectKind("catalog.change", "目录变更", lambda key: reverse("console-change", args=[key])))
    subjects.register_guard(publication.KIND, publication.guard)
    subjects.register_guard(changing.KIND, changing.guard)
    subjects.register_effect("catalog.publish", catalog.publish)
    subjects.register_effect("catalog.apply_change", catalog.apply_change)
    subjects.register(SubjectKind(demands.KIND, "数据需求", lambda key: reverse("console-demand", args=[key])))
    subjects.register_effect("catalog.demand_matched", catalog.demand_matched)
    subjects.register_effect("catalog.demand_answered", catalog.demand_answered)
    subjects.register(SubjectKind(asking.KIND, "数据销毁", lambda key: reverse("console-destruction", args=[key])))
    subjects.register_guard(asking.KIND, deciding.guard)
    subjects.register_effect("purge.approve", deciding.approve)
    subjects.register(SubjectKind(standard_approval.KIND, "待审核的标准", standard_approval.href_of))
    subjects.register_guard(standard_approval.KIND, standard_approval.guard)
    subjects.register_effect("standards.publish", standard_approval.publish)
    subjects.register(SubjectKind(items.KIND, "政务服务事项", lambda key: reverse("console-item", args=[key])))
    subjects.register_guard(items.KIND, items.guard)
    subjects.register_effect("items.publish", items.publish)
    _declare_cases()
    _declare_matters()
    subjects.register(SubjectKind(themes.KIND, "一件事主题", lambda key: reverse("console-theme", args=[key])))
    subjects.register_guard(themes.KIND, themes.guard)
    subjects.register_effect("themes.publish", themes.publish)
    _declare_sharing()
    subjects.register_effect("flow.close_order", closing.close)
    subjects.register_measure("flow.order", closing.measure)
    subjects.register_measure(correcting.MEASURE, correcting.measure)
    kinds.register(kinds.OrderKind(quality.KIND, "数据质量整改", "10个工作日", correcting.MEASURE, quality.KIND))
    subjects.register(SubjectKind(doubts.SUBJECT, "被校核的数据", _doubted_href))
    subjects.register_measure(doubts.MEASURE, doubts.measure)
    kinds.register(kinds.OrderKind(doubts.KIND, "数据校核", "10个工作日", doubts.MEASURE, doubts.KIND))
    subjects.register_check("forms", answering.faults_of)
    forms.register_reader(answering.SUBJECT, answering.may_read)
    forms.register_handler(findings.FORM, findings.open_from)
    forms.register_form(wishes.FILE, handler=wishes.file_from)
    forms.register_reader(demands.KIND, wishes.may_read)
    forms.register_reader("flow.order", findings.may_read)
    for name in SHIPPED:
        procedures.register_shipped(Path(suixin.__file__).parent / name)


def _declare_cases() -> None:
    subjects.register(SubjectKind(following.KIND, "政务办件", lambda key: reverse("console-service-case", args=[key])))
    subjects.register_follower(following.KIND, following.follow)
    subjects.register_guard(following.KIND, following.guard)
    proving.register(following.KIND, declaring.faults_of)
    papers.register(themes.KIND, offering.questions_of)
    forms.register_family(application_forms.FAMILY, application_forms.declared, handler=applying.submitted)
    forms.register_family(window.FAMILY, window.declared, handler=receiving.submitted)
    forms.register_reader(following.KIND, parties.may_read_key)
    files.register_owner(following.KIND, parties.may_read_key)
    files.register_owner(doubts.SUBJECT, doubts.may_read_proof)
    files.register_owner(filed.OWNER, filed.may_read)


def _declare_matters() -> None:
    subjects.register(SubjectKind(matters.KIND, "一件事办件", lambda key: reverse("console-matter", args=[key])))
    subjects.register(SubjectKind(visiting.KIND, "联合勘验", _visit_href))
    subjects.register_follower(visiting.KIND, visiting.follow)
    subjects.register_guard(matters.KIND, matter_ending.guard)
    jointly.register(
        "matters", told=advancing.follow, objection=advancing.objection, release=matter_holding.release, concern=matter_prefilling.concern,
        pending=matter_prefilling.PENDING)
    forms.register_family(theme_forms.FAMILY, theme_forms.declared, handler=matters.submitted)
    forms.register_family(theme_forms.AT_WINDOW, matter_receiving.declared, handler=matter_receiving.submitted)
    forms.register_reader(matters.KIND, matter_parties.may_read_form)
    files.register_use(SUBMISSION, matter_parties.may_read_file)


def _declare_sharing() -> None:
    subjects.register(SubjectKind(sharing.KIND, "共享申请", lambda key: reverse("console-sharing-part", args=[key])))
    subjects.register(SubjectKind(ending.KIND, "共享", lambda key: reverse("console-sharing-share", args=[key])))
    subjects.register(SubjectKind(disputing.KIND, "共享争议", lambda key: reverse("console-sharing-dispute", args=[key])))
    subjects.register_guard(sharing.KIND, sharing.guard)
    subjects.register_guard(ending.KIND, disposing.guard)
    subjects.register_guard(disputing.KIND, disputing.guard)
    subjects.register_effect("sharing.receive", sharing.receive)
    subjects.register_effect("sharing.grant", sharing.grant)
    subjects.register_effect("sharing.ready", sharing.ready)
    subjects.register_effect("sharing.archive", disposing.archive)
    subjects.register_effect("sharing.filed", ending.filed)
    subjects.register_effect("sharing.settle_dispute", disputing.settle)


def _resource_href(code: str) -> str:
    found = Resource.objects.filter(code=code).values_list("table", "state").first()
    if found is None:
        return ""
    return reverse("console-proposal" if found[1] == ResourceState.PROPOSED else "console-resource", args=[found[0]])


def _visit_href(key: str) -> str:
    number = Visit.objects.filter(uuid=key).values_list("matter__number", flat=True).first()
    return reverse("console-matter", args=[number]) if number else ""


def _batch_href(key: str) -> str:
    table, _, batch = key.rpartition("/")
    return reverse("console-rejects", args=[table, int(batch)]) if table and batch.isdecimal() else ""


def _doubted_href(key: str) -> str:
    table = key.partition("/")[0]
    return reverse("console-resource", args=[table]) if Resource.objects.filter(table=table).exists() else ""
