"""Holds mapping sets against the package `sssom`: as `sssom validate` does, and that no row is lost or changed on the way
to JSON and back, and to RDF and back.

Usage: validate.py FILE ...; prints how many rows each file has, and fails at the first that is not as it should be.
"""

import csv
import logging
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

import yaml
from sssom.io import validate_file
from sssom.parsers import parse_sssom_json, parse_sssom_rdf, parse_sssom_table
from sssom.writers import write_json, write_rdf

NUMBERS = {"confidence", "similarity_score"}
REFERENCES = {"predicate_id", "object_id", "mapping_justification", "author_id", "object_match_field", "object_source"}


class Complaints(logging.Handler):
    """Keeps warnings: the package drops rows that it cannot read, and only says so."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.said = []

    def emit(self, record):
        self.said.append(record.getMessage())


def row(cells):
    """The cells that hold something, numbers as numbers."""
    cells = {name: cell for name, cell in cells.items() if isinstance(cell, str) and cell or cell == cell and cell != ""}
    return tuple(sorted((name, round(float(cell), 6) if name in NUMBERS else str(cell)) for name, cell in cells.items()))


def read(path):
    """What the file itself says: its metadata, and its rows with what holds for all of them."""
    lines = Path(path).read_text(encoding="utf-8").splitlines(keepends=True)
    header = [line for line in lines if line.startswith("#")][: next(n for n, line in enumerate(lines) if line[0] != "#")]
    metadata = yaml.safe_load("".join(line[1:] for line in header))
    common = ["subject_type", "object_source", "object_source_version", "mapping_tool", "mapping_tool_version", "mapping_date"]
    common = {name: str(metadata[name]) for name in common if name in metadata}
    rows = csv.DictReader(lines[len(header) :], delimiter="\t", strict=True)
    return metadata, [{**cells, **common} for cells in rows]


def check(path):
    """How many rows the file has."""
    complaints = Complaints()
    logging.getLogger().addHandler(complaints)
    metadata, rows = read(path)
    expected = Counter(map(row, rows))
    assert len(expected) == len(rows), f"{path}: a row stands twice"
    prefixes = {cells[name].split(":")[0] for cells in rows for name in REFERENCES if cells.get(name)}
    assert prefixes <= set(metadata["curie_map"]), f"{path}: no prefix for {prefixes - set(metadata['curie_map'])}"
    for cells in rows:
        value = next((value for value in cells.values() if re.match(r"[=@\t\r]", value or "")), None)
        assert value is None, f"{path}: a spreadsheet computes {value!r}"

    reports = validate_file(path)
    assert reports and not any(report.results for report in reports.values()), f"{path}: {reports}"

    def same(what, parsed):
        found = Counter(row(cells) for cells in parsed.df.to_dict("records"))
        lost, new = expected - found, found - expected
        assert not lost and not new, f"{path}, {what}: lost {list(lost)[:2]}, instead {list(new)[:2]}"

    same("read", parse_sssom_table(path))
    with tempfile.TemporaryDirectory() as folder:
        for ending, write, parse in [("json", write_json, parse_sssom_json), ("ttl", write_rdf, parse_sssom_rdf)]:
            place = f"{folder}/set.{ending}"
            with open(place, "w", encoding="utf-8") as out:
                # Version 0.4 of the package, when it writes JSON, first takes the type of subjects off rows that all have
                # the same, and then drops every row, since without that type it lacks an identifier.
                write(parse_sssom_table(path), out, condense=ending != "json")
            same(ending, parse(place))
    assert not complaints.said, f"{path}: {complaints.said[:3]}"
    logging.getLogger().removeHandler(complaints)
    return len(rows)


if __name__ == "__main__":
    for path in sys.argv[1:]:
        print(f"{check(path)}\t{path}", flush=True)
