#!/bin/sh
# What it costs to ask several ontologies as one: all development sets pooled and asked of hp, mondo, hgnc and go together,
# told nothing and told what is expected of each mention; before that, each pool of its own index alone.
#
#     TERM2ID_INDEXES=... benches/several.sh target/release/term2id ../shared/data/eval
set -eu
program=$1
sets=$2
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

# A pool has the cases of every set of an ontology, each with the ontology that it is expected to mean something of.
pool() { awk -F '\t' -v OFS='\t' -v index_name="$1" 'FNR > 1 { print $1, $2, $3, index_name }' "$sets/$1"_*.dev.unique.tsv; }
header='mention\tids\tcontext\texpected\n'
printf "$header" >"$place/all.tsv"
for name in hp mondo hgnc go; do
    pool "$name" >"$place/cases"
    cat "$place/cases" >>"$place/all.tsv"
    { printf "$header"; cat "$place/cases"; } >"$place/$name.tsv"
    "$program" --quiet bench --whole --index "$name" --cases "$place/$name.tsv"
done
cut -f1-3 "$place/all.tsv" >"$place/told-nothing.tsv"
mv "$place/all.tsv" "$place/told-what-is-expected.tsv"
"$program" --quiet bench --whole --index hp,mondo,hgnc,go \
    --cases "$place/told-nothing.tsv" "$place/told-what-is-expected.tsv"
