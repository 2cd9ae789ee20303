#!/usr/bin/env bash
# How many of tests/fixtures/phrases/composites.tsv are answered rightly: all identifiers in order, negation and side.
# usage: measure.sh TERM2ID [FLOOR]   (TERM2ID_INDEXES says where indexes named hp, mondo and hgnc lie)
# Prints a line for each wrong answer and the share that is right; exit code 1 where fewer than FLOOR are.
set -euo pipefail
term2id=$1 floor=${2:-0}
set=$(dirname "$0")/../fixtures/phrases/composites.tsv
scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT
for index in hp mondo hgnc; do
  awk -F'\t' -v index_="$index" 'NR == 1 || $2 == index_' "$set" >"$scratch/$index.tsv"
  # Our columns `id` and `qualifiers` do not clash with those of the set.
  "$term2id" --quiet normalize --index "$index" "$scratch/$index.tsv" --format tsv >"$scratch/$index.answers.tsv"
  awk -F'\t' '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    {
      expected = $column["ids"] " " ($column["negation"] == "" ? "" : "negated:" $column["negation"])
      if ($column["side"] != "") expected = expected ($column["negation"] == "" ? "" : "|") $column["side"]
      said = $column["id"] " " $column["qualifiers"]
      if (said == expected) print "right"
      else print "wrong: " $column["mention"] ": " said " (expected " expected "; " $column["label"] "; " $column["parts"] ")"
    }' "$scratch/$index.answers.tsv"
done >"$scratch/judged"
grep '^wrong' "$scratch/judged" || true
right=$(grep -c '^right' "$scratch/judged" || true)
all=$(wc -l <"$scratch/judged")
echo "$right of $all are right (floor: $floor)"
[ "$right" -ge "$floor" ]
