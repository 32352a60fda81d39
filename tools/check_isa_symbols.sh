#!/bin/sh
# check_isa_symbols.sh LEVEL OBJECT...: nothing in the objects of one CPU level may be shared with the rest of the program.
# Fails on a defined global or weak symbol outside smcli::loops::LEVEL and Eigen_LEVEL, and on code that runs before main.
level=$1
shift
failed=0
for object in "$@"; do
  shared=$(nm --defined-only "$object" | awk '$2 ~ /^[A-Zuvw]$/ { print $3 }' | sort -u |
    c++filt | grep -v -e "smcli::loops::$level::" -e "Eigen_$level::")
  if [ -n "$shared" ]; then
    echo "$object: symbols that are not of $level alone:"
    echo "$shared" | sed 's/^/  /'
    failed=1
  fi
  if objdump -h "$object" | grep -q '\.init_array'; then
    echo "$object: code that runs before main (.init_array)"
    failed=1
  fi
done
exit $failed
