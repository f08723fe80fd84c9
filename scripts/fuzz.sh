#!/usr/bin/env bash
# Runs every fuzz target of the tree for FUZZTIME each; new ones are found by their name. What breaks one is left in its package's
# testdata/fuzz, where every later `go test` tries it again: commit it with the cure.
set -euo pipefail
time=${FUZZTIME:-10s}
failed=() found=
shopt -s nocasematch # FUZZ=langsmith means FuzzLangSmith too
while IFS=: read -r file line; do
  target=$(sed -E 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/' <<< "$line")
  package=./$(dirname "$file")
  [[ -z ${FUZZ:-} || $package/$target == *"$FUZZ"* ]] || continue
  found=yes
  echo "== $package $target"
  go test "$package" -run '^$' -fuzz "^$target\$" -fuzztime "$time" || failed+=("$package $target")
done < <(git ls-files --cached --others --exclude-standard '*_test.go' | xargs grep -E '^func Fuzz[A-Za-z0-9_]*\(f \*testing\.F\)')
if [[ -z $found ]]; then
  echo "no fuzz target has \"${FUZZ:-}\" in its folder or name; make fuzz without FUZZ runs them all" >&2
  exit 1
fi
if ((${#failed[@]})); then
  printf 'failed: %s\n' "${failed[@]}" >&2
  exit 1
fi
