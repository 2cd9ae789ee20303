"""Which pairs of a table do not belong together, told without term2id: an OBO file read line by line.

Usage: count.py ONTOLOGY.obo TABLE.tsv ID_COLUMN LABEL_COLUMN COLUMN=VALUE

Prints the lines, from 1, of the rows with this value whose identifier's concept carries the label neither as its name
nor as a synonym, but for case and white space.
"""

import re
import sys


def plain(text):
    return " ".join(text.split()).lower()


def unescape(text):
    return re.sub(r"\\(.)", r"\1", text)


def names_by_id(path):
    names, current = {}, None
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            line = line.rstrip("\n")
            if line.startswith("["):
                is_term, current = line == "[Term]", None
            elif line.startswith("id: ") and current is None and is_term:
                current = names.setdefault(line[4:].split()[0], set())
            elif current is None:
                continue
            elif line.startswith("name: "):
                current.add(plain(unescape(line[6:])))
            elif line.startswith("synonym: "):
                quoted = re.match(r'synonym: "((?:[^"\\]|\\.)*)"', line)
                current.add(plain(unescape(quoted.group(1))))
    return names


def main(ontology, table, id_column, label_column, only):
    names = names_by_id(ontology)
    column, value = only.split("=", 1)
    with open(table, encoding="utf-8", newline="") as lines:
        header = next(lines).rstrip("\r\n").split("\t")
        identifier, label, filtered = (header.index(name) for name in (id_column, label_column, column))
        for number, line in enumerate(lines, start=2):
            cells = line.rstrip("\r\n").split("\t")
            if cells[filtered] == value and plain(cells[label]) not in names.get(cells[identifier].strip(), ()):
                print(number)


main(*sys.argv[1:])
