"""Check 6: who used what is on record, logs are kept long enough, and the chain of the audit log is whole."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings

from suixin.data.access import log_files
from suixin.ground.audit import archiving, standing, verifying
from suixin.ground.audit.models import Record, Seal
from suixin.kit import clock
from suixin.site.compliance.values import Heading, Part

USES = Heading("6.1", "每次读取都有主体、授权、列、行数、结果的记录", "国务院令第809号第29条;standards/data.md 4.4")
LOGS = Heading("6.2", "网络日志保存不少于 6 个月", "网络安全法第23条(三)")
PROVISION = Heading("6.3", "提供与委托处理记录保存不少于 3 年", "网络数据安全管理条例第12条")
CHAIN = Heading("6.4", "审计链完整", "GB/T 39786-2021;standards/data.md 7.4")
HALF_YEAR, LEAST_YEARS = timedelta(days=183), 3


def records_of_use() -> Part:
    """6.1: readings by others than the public that lack subject, columns, grant or result."""
    found = log_files.per_file(
        "SELECT count(*), coalesce(sum(subject = '' OR columns = '' OR rows IS NULL OR (grant_id = '' AND basis = '')), 0) FROM access"
        " WHERE code = '200' AND subject_kind != 'public' AND door IN ('gateway', 'rows', 'download')"
    )
    total, lacking = sum(row[0] for row in found), sum(row[1] for row in found)
    sentence = f"{lacking} 次读取的记录缺项。" if lacking else f"{total} 次授权读取的记录五项齐全。"
    return USES.judged(not lacking, sentence, {"授权读取": total, "缺项": lacking})


def log_retention() -> Part:
    """6.2: no number is missing between the oldest entry and the newest; the oldest is number 1 or half a year old.

    Looked at file by file, finished ones and the living one; again when records moved between them meanwhile.
    """
    files = None
    while files != (files := log_files.readable()):
        spans = [row for row in log_files.per_file("SELECT min(id), max(id), count(*), min(at_ms) FROM access") if row[0]]
    first, oldest_ms = (spans[0][0], spans[0][3]) if spans else (1, 0)
    kept, last = 0, first - 1
    for low, high, count, _ in spans:
        kept, last = kept + max(0, count - max(0, last - low + 1)), max(last, high)
    missing, oldest = last - first + 1 - kept, datetime.fromtimestamp(oldest_ms / 1000, clock.CHINA)
    is_kept = not missing and (first == 1 or clock.now() - oldest >= HALF_YEAR)
    told = f"中间缺 {missing} 条" if missing else "没有删除过任何一条" if first == 1 else f"最早一条是 {oldest:%Y-%m-%d}"
    sentence = f"访问日志 {kept} 条,{told}。" + ("" if is_kept else "不足 6 个月的日志被删除过,请查明。")
    return LOGS.judged(is_kept, sentence, {"访问日志": kept, "文件": len(spans), "最早": f"{oldest:%Y-%m-%d}" if spans else "—"})


def provision_records() -> Part:
    """6.3: every audit record from number 1 on is in the database or in an archive, and contents stay three years."""
    first = Seal.objects.order_by("number").values_list("number", flat=True).first() or 1
    extents = [archiving.extent_of(path) for path in archiving.archives()]
    years = min(settings.SUIXIN.audit_years, settings.SUIXIN.audit_long_years)
    missing = _first_missing(extents, first)
    told = "从第 1 条起都在库里" if first == 1 else f"库里从第 {first} 条起,更早的在 {len(extents)} 个归档文件里"
    sentence = f"审计记录{told},内容保存 {years} 年。"
    if missing:
        sentence = f"审计记录{told},但第 {missing} 条起的归档文件不在了;请从备份恢复归档文件,并运行 suixin audit verify。"
    elif years < LEAST_YEARS:
        sentence = f"审计记录只保存 {years} 年,不足 3 年;请更正 SUIXIN_AUDIT_YEARS。"
    figures: dict[str, int | float | str] = {"审计记录": Record.objects.count(), "库内首号": first, "归档文件": len(extents), "年": years}
    return PROVISION.judged(not missing and years >= LEAST_YEARS, sentence, figures)


def _first_missing(extents: Sequence[tuple[int, int]], first: int) -> int:
    """The first number below `first`, the lowest in the database, that no archive holds; 0 when all are there."""
    expected = 1
    for low, high in sorted(extents):
        if low > expected:
            break
        expected = max(expected, high + 1)
    return expected if expected < first else 0


def chain() -> Part:
    """6.4: the log verified from end to end."""
    verdict = verifying.verify()
    refused = standing.refused()
    is_whole = verdict.is_intact and not refused
    sentence = (
        f"已核验第 {verdict.first} 至 {verdict.last} 条,锚点 {verdict.anchors} 个,链完整。" if is_whole
        else f"发现 {len(verdict.faults)} 处断裂、{refused} 条封存前被改动;请运行 suixin audit verify。"
    )
    figures: dict[str, int | float | str] = {"记录": verdict.records, "锚点": verdict.anchors, "断裂": len(verdict.faults)}
    return CHAIN.judged(is_whole, sentence, figures, [fault.sentence for fault in verdict.faults])
