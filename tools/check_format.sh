#!/bin/sh
# The C++ of src/ and tests/ is as clang-format 14 leaves it (.clang-format).
set -eu
cd "$(dirname "$(readlink -f "$0")")/.."
git ls-files -z 'src/*.cc' 'src/*.h' 'tests/*.cc' 'tests/*.h' | xargs -0 "${1:-clang-format}" --dry-run -Werror
