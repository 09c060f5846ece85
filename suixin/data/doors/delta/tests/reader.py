"""Run by the interpreter that has the official client: `reader.py PROFILE TASK [...]`; prints one JSON object at the end.

rows TABLE              version and rows, each by name of its column; or what stopped it
whole TABLE             everything about a table: listing, version, rows, rows at version 1, changes since version 2
interrupted TABLE       reads file by file, waiting for a line on stdin before each; says how far it came and what stopped it
"""

import json
import sys

import delta_sharing
from delta_sharing.reader import DeltaSharingReader

profile, task, table = sys.argv[1:4]
url = f"{profile}#{table}"
if task == "rows":
    try:
        rows = delta_sharing.load_as_pandas(url)
        told = {"version": delta_sharing.get_table_version(url), "rows": json.loads(rows.to_json(orient="records", force_ascii=False))}
    except Exception as error:  # noqa: BLE001 whatever it is, it is told
        told = {"stopped": repr(error)}
    sys.stdout.write(json.dumps(told))
elif task == "whole":
    client = delta_sharing.SharingClient(profile)
    rows = delta_sharing.load_as_pandas(url)
    told = {
        "tables": sorted(f"{one.share}.{one.schema}.{one.name}" for one in client.list_all_tables()),
        "shares": [one.name for one in client.list_shares()],
        "version": delta_sharing.get_table_version(url),
        "columns": list(rows.columns),
        "rows": json.loads(rows.sort_values("code").astype(str).to_json(orient="records", force_ascii=False)),
        "some": len(delta_sharing.load_as_pandas(url, limit=3)),
        "first": len(delta_sharing.load_as_pandas(url, version=1)),
    }
    changes = delta_sharing.load_table_changes_as_pandas(url, starting_version=2)
    told["changes"] = sorted(zip(changes["_change_type"], changes["code"], [int(one) for one in changes["_commit_version"]], strict=True))
    sys.stdout.write(json.dumps(told))
else:
    read = DeltaSharingReader._to_pandas
    done: list[int] = []

    def slowly(*given):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        done.append(1)
        return read(*given)

    DeltaSharingReader._to_pandas = staticmethod(slowly)
    try:
        delta_sharing.load_as_pandas(url)
        stopped = ""
    except Exception as error:  # noqa: BLE001 whatever it is, it is told
        stopped = repr(error)
    sys.stdout.write(json.dumps({"files": len(done), "stopped": stopped}))
