#!/bin/sh
# Installs Suixin from this folder with no network. Usage: ./install.sh --prefix DIR [--python PYTHON] [--fonts]
# DIR/venv holds everything, DIR/bin/suixin is the command. A later bundle into the same DIR is an upgrade.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
prefix= python=python3 fonts=no
fail() { printf '%s\n' "$*" >&2; exit 1; }
while [ $# -gt 0 ]; do
    case $1 in
        --prefix) prefix=${2:?}; shift 2 ;;
        --python) python=${2:?}; shift 2 ;;
        --fonts) fonts=yes; shift ;;
        *) fail "用法:./install.sh --prefix 目录 [--python 路径] [--fonts]" ;;
    esac
done
[ -n "$prefix" ] || fail "用法:./install.sh --prefix 目录 [--python 路径] [--fonts]"
(cd "$here" && sha256sum --quiet -c SHA256SUMS) || fail "安装包不完整或被改动(SHA256SUMS 不符):请重新拷贝。"
wanted=$(basename "$here" | sed 's/.*-//')
found=$("$python" -c 'import sys; print(f"py{sys.version_info[0]}{sys.version_info[1]}")') || fail "找不到 Python:请用 --python 指明路径。"
[ "$wanted" = "$found" ] || fail "这个安装包是为 $wanted 做的,本机 $python 是 $found:请用 --python 指明对应版本,或换一个安装包。"
umask 022
mkdir -p "$prefix/bin"
prefix=$(cd "$prefix" && pwd)
new=$prefix/venv.new
rm -rf "$new"
"$python" -m venv "$new" || fail "无法建立虚拟环境:Debian/Ubuntu 请先安装 python3-venv。"
pip() { "$new/bin/python" -m pip --isolated --disable-pip-version-check install --quiet --no-cache-dir --no-index --find-links "$here/wheels" "$@"; }
pip --require-hashes -r "$here/requirements.lock" || fail "安装依赖失败,原有版本没有改动;原因见上。"
pip --no-deps "$here"/wheels/suixin-*.whl || fail "安装 suixin 失败,原有版本没有改动;原因见上。"
for script in "$new"/bin/*; do  # scripts name their interpreter by its full path
    if [ -f "$script" ] && [ ! -L "$script" ]; then sed -i "1,3s#$new/#$prefix/venv/#g" "$script"; fi
done
sed -i "s#$new#$prefix/venv#g" "$new/pyvenv.cfg" "$new"/bin/activate*
rm -rf "$prefix/venv.old"
[ ! -d "$prefix/venv" ] || mv "$prefix/venv" "$prefix/venv.old"
mv "$new" "$prefix/venv"
ln -sfn ../venv/bin/suixin "$prefix/bin/suixin"
rm -rf "$prefix/share"
mkdir "$prefix/share"
cp -R "$here/docs" "$here/deploy" "$here/LICENSE" "$here/NOTICE" "$prefix/share/"
if [ "$fonts" = yes ] && [ -d "$here/fonts" ]; then
    mkdir -p /usr/local/share/fonts/suixin && cp "$here"/fonts/* /usr/local/share/fonts/suixin/ && { fc-cache -f || true; }
fi
printf '已安装到 %s。下一步(见 %s/share/docs/operations.md):\n  SUIXIN_HOME=/var/lib/suixin %s/bin/suixin migrate\n' "$prefix" "$prefix" "$prefix"
