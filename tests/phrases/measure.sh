#!/usr/bin/env bash
# How many of a set of phrases are answered rightly: all identifiers in order, and what their edges say.
# usage: measure.sh TERM2ID [FLOOR] [SET]   (TERM2ID_INDEXES says where indexes named hp, mondo and hgnc lie)
# SET is tests/fixtures/phrases/composites.tsv, with negation and side, or one with all qualifiers in the column `said`.
# INDEXES, such as hp,mondo,hgnc,go, are asked instead of the one that a phrase names.
# Prints a line for each wrong answer and the share that is right; exit code 1 where fewer than FLOOR are.
set -euo pipefail
term2id=$1 floor=${2:-0}
set=${3:-$(dirname "$0")/../fixtures/phrases/composites.tsv}
scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT
for index in $(tail -n +2 "$set" | cut -f2 | sort -u); do
  awk -F'\t' -v index_="$index" 'NR == 1 || $2 == index_' "$set" >"$scratch/$index.tsv"
  # Our columns `id` and `qualifiers` do not clash with those of the set.
  "$term2id" --quiet normalize --index "${INDEXES:-$index}" "$scratch/$index.tsv" --format tsv >"$scratch/$index.answers.tsv"
  awk -F'\t' '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    {
      expected = $column["ids"] " "
      if ("said" in column) expected = expected $column["said"]
      else {
        expected = expected ($column["negation"] == "" ? "" : "negated:" $column["negation"])
        if ($column["side"] != "") expected = expected ($column["negation"] == "" ? "" : "|") $column["side"]
      }
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
