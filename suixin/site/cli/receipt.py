"""`suixin receipt`: check receipts (batches, exchanges, answers), proofs, certificates off line, prove a row, hand receipts and key over.

`verify`, and `prove` with `--rows`, need neither an installation nor a network: only the file, and which key is trusted.
"""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from suixin.kit.errors import BadRequest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with receipts."""
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    verify = tasks.add_parser("verify", help="check a receipt, a proof or a certificate; 1 when anything is wrong")
    verify.add_argument("file", type=Path, help="the receipt, proof or certificate; or rows of another platform that bear one")
    verify.add_argument("--original", type=Path, metavar="PATH", help="the file that was delivered, or the answer as it was received")
    verify.add_argument("--rows", type=Path, metavar="PATH", help="the accepted rows, CSV or Parquet")
    verify.add_argument("--key", type=Path, metavar="PEM", help="the issuer's public key, got on another way")
    verify.add_argument("--fingerprint", metavar="HEX", help="or only its fingerprint")
    verify.add_argument("--json", action="store_true", help="print one JSON object")
    prove = tasks.add_parser("prove", help="prove that one row was in the batch of a receipt")
    prove.add_argument("file", type=Path, help="the receipt")
    prove.add_argument("--row", required=True, nargs="+", metavar="VALUE", help="its key; of a table without one its number")
    prove.add_argument("--items", nargs="*", default=[], metavar="ITEM", help="items to show; default: all that are not sealed")
    prove.add_argument("--rows", type=Path, metavar="PATH", help="the accepted rows; default: from this installation's lake")
    prove.add_argument("--output", "-o", type=Path, required=True, metavar="PATH", help="where the proof goes")
    export = tasks.add_parser("export", help="write the receipt of a batch")
    export.add_argument("batch", type=int, help="number of the batch")
    export.add_argument("--output", "-o", type=Path, required=True, metavar="PATH", help="where it goes")
    delivery = tasks.add_parser("delivery", help="write the receipt of what a grant shows of a version, whichever door gave it")
    delivery.add_argument("grant", help="uuid of the grant")
    delivery.add_argument("--version", type=int, metavar="N", help="version of the table; default: the newest")
    delivery.add_argument("--door", default="share", metavar="DOOR", help="the door through which it was given")
    delivery.add_argument("--output", "-o", type=Path, required=True, metavar="PATH", help="where it goes")
    tasks.add_parser("key", help="print the public key and its fingerprint")


def run(options: argparse.Namespace) -> int:
    """Run the task; 1 when a receipt or a proof does not hold."""
    tasks = {"verify": _verify, "prove": _prove, "export": _export, "delivery": _delivery, "key": _key}
    return tasks[options.task](options)


def _verify(options: argparse.Namespace) -> int:
    from suixin.data.access import receipt_checks as checks

    content, trusted = _read(options.file), _trusted(options)
    row: dict[str, str | None] = {}
    original: Path | bytes | None = options.original
    if letter := checks.receipted_letter(content):
        if options.original or options.rows:
            raise BadRequest("这是一封带回执的信，行就在信里；请不要再给 --original 或 --rows。")
        content, original = letter
    if content.startswith(b'{"proof":'):
        verdict, row = checks.verify_proof(content, trusted=trusted)
    elif content.startswith(checks.HEAD):
        verdict = checks.verify_certificate(content, trusted=trusted)
    elif checks.is_answer(content):
        verdict = checks.verify_answer(content, trusted=trusted, body=original)
        row = dict(checks.told_of_answer(verdict.statement)) if verdict.statement else {}
    elif checks.is_exchange(content):
        verdict = checks.verify_exchange(content, trusted=trusted, rows=options.rows)
        row = dict(checks.told_of(verdict.statement)) if verdict.statement else {}
    else:
        verdict = checks.verify_receipt(content, trusted=trusted, original=options.original, rows=options.rows)
    if options.json:
        import json
        from dataclasses import asdict

        findings = [asdict(one) for one in verdict.findings]
        print(json.dumps({"is_intact": verdict.is_intact, "findings": findings, "row": row}, ensure_ascii=False))
        return 0 if verdict.is_intact else 1
    for finding in verdict.findings:
        print("通过" if finding.is_good else "异常", finding.sentence)
    for name, value in row.items():
        print(f"  {name}: {'' if value is None else value}")
    print("核验通过" if verdict.is_intact else f"核验不通过:{len(verdict.faults)} 处异常")
    return 0 if verdict.is_intact else 1


def _prove(options: argparse.Namespace) -> int:
    import orjson

    from suixin.data.access.receipt_checks import proof_of, rows_of_file

    content = _read(options.file)
    if options.rows:
        from suixin.data.access.receipt_checks import parsed

        if parsed(content, {"leaves", "receipt", "salt"}) is None:
            raise BadRequest(f"{options.file} 不是规范的回执文件,或被改动过;请重新取得原文件。")
        rows, key = rows_of_file(options.rows, orjson.loads(content)["receipt"]), options.row
        proof = proof_of(content, rows, key, shown=options.items)
    else:
        _start()
        from suixin.data.access.receipts import prove_row
        from suixin.kit.actor import SYSTEM

        proof = prove_row(content, options.row, shown=options.items, actor=SYSTEM)
    options.output.write_bytes(proof)
    print(f"证明已写入 {options.output};核验:suixin receipt verify {options.output} --fingerprint 出具单位的公钥指纹")
    return 0


def _export(options: argparse.Namespace) -> int:
    _start()
    from suixin.data.access.receipts import receipt_file
    from suixin.kit.actor import SYSTEM

    options.output.write_bytes(receipt_file(options.batch, actor=SYSTEM))
    print(f"回执已写入 {options.output}")
    return 0


def _delivery(options: argparse.Namespace) -> int:
    _start()
    from suixin.data.access.granted.evidence import delivery_receipt
    from suixin.kit.actor import SYSTEM

    options.output.write_bytes(delivery_receipt(options.grant, options.door, options.version, actor=SYSTEM))
    print(f"回执已写入 {options.output}")
    return 0


def _key(options: argparse.Namespace) -> int:
    _start()
    from suixin.data.access.receipt_checks import fingerprint_of
    from suixin.data.access.receipts import public_key
    from suixin.kit.sm import public_to_pem

    public = public_key()
    print(public_to_pem(public).strip())
    print(f"指纹 {fingerprint_of(public)}")
    return 0


def _read(path: Path) -> bytes:
    from suixin.kit.errors import NotFound

    try:
        return path.read_bytes()
    except OSError as error:
        raise NotFound(f"文件 {path} 读不出来:{error.strerror}。") from error


def _trusted(options: argparse.Namespace) -> Sequence[str]:
    """Fingerprints of the keys that are trusted: those named; else those of the installation here, if there is one."""
    from suixin.data.access.receipt_checks import fingerprint_of
    from suixin.kit.errors import BadRequest
    from suixin.kit.sm import BadKey, public_from_pem, sm2_public

    if options.key:
        text = _read(options.key).decode("utf-8", "replace").strip()
        try:
            public = public_from_pem(text) if text.startswith("-----") else sm2_public(text)
        except (BadKey, ValueError) as error:
            raise BadRequest(f"{options.key} 不是 SM2 公钥:应为 PEM,或 130 位十六进制数。") from error
        return [fingerprint_of(public)]
    if options.fingerprint:
        return [options.fingerprint.strip().lower()]
    if not (Path(os.environ.get("SUIXIN_HOME") or "./var") / "keys").is_dir():
        return []
    _start(needs_home=False)
    from suixin.data.access.receipts import known_keys

    return list(known_keys())


def _start(*, needs_home: bool = True) -> None:
    from suixin.site.cli import homes, start_django

    if needs_home:
        homes.require()
    start_django()
