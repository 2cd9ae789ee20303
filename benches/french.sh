#!/bin/sh
# Whether French phrases find their HPO concept: builds the index of hp.obo with the names of its French translation, and
# asks it for the phrases of tests/fixtures/french, none of which is a name letter for letter.
#
#     benches/french.sh target/release/term2id ../shared/data/ontologies
set -eu
program=$1
ontologies=$2
phrases=$(dirname "$0")/../tests/fixtures/french/phrases.tsv
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

"$program" --indexes "$place" index "$ontologies/hp.obo" --name hp-fr --deterministic \
    --add-names "$ontologies/hp-fr.synonyms.owl.gz" --language fr,en

# A phrase that is a name would measure nothing.
cut -f1 "$phrases" | tail -n +2 | "$program" --indexes "$place" query --index hp-fr --only exact --top 1 --format tsv |
    awk -F '\t' 'NR > 1 && $10 == 1 { print "a name letter for letter: " $1; found = 1 } END { exit found }'

"$program" --indexes "$place" bench --index hp-fr --cases "$phrases"
