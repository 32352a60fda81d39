#!/bin/sh
# Files of at most 500 lines in src, tests and tools, and functions of at most 60 in src (pmccabe's count).
# Pure tables (*.def, op_defs.txt) are not counted.
cd "$(dirname "$0")/.." || exit 1
failed=0
for file in $(find src tests tools -name '*.h' -o -name '*.cc' -o -name '*.py' -o -name '*.sh'); do
  lines=$(wc -l <"$file")
  if [ "$lines" -gt 500 ]; then
    echo "$file: $lines lines"
    failed=1
  fi
done
long=$(find src \( -name '*.cc' -o -name '*.h' \) -exec pmccabe {} + 2>/dev/null |
  awk -F'\t' '$5 > 60 { print $6 ": " $5 " lines" }')
if [ -n "$long" ]; then
  echo "$long"
  failed=1
fi
exit $failed
