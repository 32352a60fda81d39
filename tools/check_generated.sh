#!/bin/sh
# check_generated.sh SMCLI [--update]: the pages of docs/reference that the program writes, against what it writes now.
smcli=$1
cd "$(dirname "$0")/../docs/reference" || exit 1
failed=0
for page in check-rules exit-codes flags json ops rules; do
  if [ "${2:-}" = --update ]; then
    "$smcli" help --reference "$page" >"$page.md"
  elif ! "$smcli" help --reference "$page" | diff -u "$page.md" -; then
    echo "docs/reference/$page.md is old; 'tools/check_generated.sh build/release/smcli --update' writes it anew"
    failed=1
  fi
done
exit $failed
