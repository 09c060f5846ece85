"""`suixin check`: whether the installation is well; the exit code says it."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How to tell it."""
    parser.add_argument("--json", action="store_true", help="print one JSON array")


def run(options: argparse.Namespace) -> int:
    """Print every finding; 1 when something is not well."""
    import json
    from dataclasses import asdict

    from suixin.site.health import findings

    found = findings()
    if options.json:
        print(json.dumps([asdict(finding) for finding in found], ensure_ascii=False))
    else:
        for finding in found:
            print("正常" if finding.is_well else "异常", f"{finding.part:<9}", finding.sentence)
    return 0 if all(finding.is_well for finding in found) else 1
