"""`suixin check`: whether the installation is well; the exit code says it. `--mend` puts right what it can first."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How to tell it."""
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    parser.add_argument("--mend", action="store_true", help="first put right what can be put right, and say what was")
    parser.add_argument("--compliance", action="store_true", help="the ten compliance checks instead; 1 when one fails")


def run(options: argparse.Namespace) -> int:
    """Print every finding; 1 when something is not well."""
    import json
    from dataclasses import asdict

    from suixin.site.health import findings

    if options.compliance:
        return _compliance(is_json=options.json)
    if options.mend:
        _mend()
    found = findings()
    if options.json:
        print(json.dumps([asdict(finding) for finding in found], ensure_ascii=False))
    else:
        for finding in found:
            print("正常" if finding.is_well else "异常", f"{finding.part:<9}", finding.sentence)
    return 0 if all(finding.is_well for finding in found) else 1


def _mend() -> None:
    """What a start would mend, and originals that nothing names, of which a start is not sure enough."""
    import sys

    from suixin.data.collection.mending import forget_unnamed
    from suixin.kit.actor import SYSTEM
    from suixin.site.wiring import mend

    told, forgotten = mend(), forget_unnamed(actor=SYSTEM)
    print(told or "没有要修复的。", file=sys.stderr)
    if forgotten:
        print(f"清理没有批次和记录的原件 {len(forgotten)} 个。", file=sys.stderr)


def _compliance(*, is_json: bool) -> int:
    import json
    import sys

    from suixin.site.compliance.report import compliance, summary
    from suixin.site.compliance.values import Outcome

    words = {Outcome.PASSES: "通过", Outcome.FAILS: "不通过", Outcome.OPEN: "待建"}
    parts = compliance(lambda text: print(f"… {text}", file=sys.stderr, flush=True))
    if is_json:
        print(json.dumps([part.as_dict() for part in parts], ensure_ascii=False))
        return int(any(part.outcome is Outcome.FAILS for part in parts))
    for part in parts:
        print(f"{words[part.outcome]:<4}{part.number:<5}{part.title}({part.basis})\n        {part.sentence}")
        if part.figures:
            print("        " + ",".join(f"{name} {value}" for name, value in part.figures.items()))
        if part.outcome is Outcome.FAILS:
            print(*(f"        - {one}" for one in part.evidence), sep="\n")
    print(summary(parts))
    return int(any(part.outcome is Outcome.FAILS for part in parts))
