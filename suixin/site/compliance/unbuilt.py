"""Parts that cannot be computed yet: each by name, with what is missing."""

from suixin.data.access.models import GrantState
from suixin.ground.audit.models import Record
from suixin.site.compliance.values import Heading, Part


def parts() -> list[Part]:
    """Every open part."""
    return [
        Heading("2.2", "职责或法规变化之日起 10(+5) 个工作日内更新目录", "国务院令第809号第17条").open(
            "目录还不登记职责或法规变化的日期,起算日不明,无法计算用时。"
        ),
        Heading("3", "申请侧、答复侧均有工作机构负责人签批;无“材料不全直接驳回”", "国务院令第809号第20、21条").open(
            "共享申请流程还没有建设,授权由数据局直接办理。"
        ),
        Heading("4.2", "答复、供数按期率;延长有同意与告知", "国务院令第809号第21、22条").open(
            "共享申请与供数的时限登记还没有建设。"
        ),
        _suspensions(),
        Heading("6.5", "使用场景、过程、成效、存储、销毁五要素记录", "国务院令第809号第29条").open(
            "需求部门的使用情况填报还没有建设。"
        ),
        Heading("7.2", "敏感、提供、公开均有个人信息保护影响评估", "个人信息保护法第55、56条").open(
            "目录还不登记影响评估编号。"
        ),
        Heading("8", "新采集表单与目录比对,拦截重复收集;回流清单完成率", "国务院令第809号第19、24条").open(
            "采集表单还不与目录比对,数据回流清单还没有建设。"
        ),
        Heading("10.2", "传输使用 SM 系列并可出密评材料", "GB/T 39786-2021").open(
            "传输加密由反向代理承担,本系统看不到其密码套件;密评材料须由测评机构出具。"
        ),
        Heading("10.3", "指数样本不少于 5、带“非统计数据”声明与方法版本", "统计法第26、28条").open(
            "指标声明还不登记样本数与方法版本。"
        ),
    ]


def _suspensions() -> Part:
    suspended = Record.objects.filter(action=f"access.grant_{GrantState.SUSPENDED.value}").count()
    revoked = Record.objects.filter(action=f"access.grant_{GrantState.REVOKED.value}").count()
    heading = Heading("5", "暂停、整改、终止留痕;终止与变更有协商与备案", "国务院令第809号第27条")
    reason = f"暂停 {suspended} 次、撤销 {revoked} 次已记入审计;整改、协商与备案的登记还没有建设。"
    return heading.open(reason, {"暂停": suspended, "撤销": revoked})
