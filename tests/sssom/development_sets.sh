#!/usr/bin/env bash
# Writes every development set as a mapping set, and those of HPO as phenopackets too, and holds them against the packages
# `sssom` and `phenopackets`. Indexes hp, go, mondo and hgnc must be there (TERM2ID_INDEXES).
#
# Usage: tests/sssom/development_sets.sh TERM2ID FOLDER_OF_SETS
set -euo pipefail
term2id=$1 sets=$2
here=$(cd "$(dirname "$0")" && pwd)
out=$(mktemp -d)
trap 'rm -r "$out"' EXIT
shopt -s nullglob
for set in "$sets"/*.dev.unique.tsv; do
  name=$(basename "$set" .dev.unique.tsv)
  case $name in
    hp_*) index=hp ;;
    go_*) index=go ;;
    mondo_*) index=mondo ;;
    hgnc_* | paper_gene) index=hgnc ;;
    *) echo "skipped: no index is known for $name" >&2; continue ;;
  esac
  # Some answers are refused, so that there are rows without a match.
  "$term2id" --quiet normalize --index "$index" --min-confidence 0.6 "$set" -o "$out/$name.sssom.tsv"
  if [ "$index" = hp ]; then
    "$term2id" --quiet normalize --index hp --min-confidence 0.6 "$set" --format phenopacket \
      --document-column doc_id -o "$out/$name.jsonl"
  fi
done
grep -c 'sssom:NoTermFound' "$out"/*.sssom.tsv | sed "s|$out/|without a match: |"
"${TERM2ID_SSSOM_PYTHON:-python3}" -B "$here/validate.py" "$out"/*.sssom.tsv | sed "s|$out/||"
"${TERM2ID_PHENOPACKETS_PYTHON:-python3}" -B "$here/../phenopackets/validate.py" "$out"/*.jsonl | sed "s|$out/||"
