"""Reads phenopackets by their published schema (the package `phenopackets`), which refuses what it does not name, and
checks what the standard requires beyond it.

Usage: validate.py FILE ...; a file holds a phenopacket, or one a line. Prints how many each holds, and how many features.
"""

import json
import sys

from google.protobuf.json_format import MessageToDict, Parse
from phenopackets.schema.v2.phenopackets_pb2 import Phenopacket


def check(place, text):
    """How many features a phenopacket has."""
    packet = Parse(text, Phenopacket(), ignore_unknown_fields=False)
    # What comes back says that nothing was read as something else.
    assert MessageToDict(packet) == json.loads(text), f"{place}: read as {MessageToDict(packet)}"
    assert packet.id and packet.subject.id, f"{place}: no identifier"
    meta = packet.meta_data
    assert meta.created.seconds > 0 and meta.created_by, f"{place}: nobody made it"
    assert meta.phenopacket_schema_version == "2.0", f"{place}: version {meta.phenopacket_schema_version}"
    prefixes = set()
    for resource in meta.resources:
        for field in ["id", "name", "url", "version", "namespace_prefix", "iri_prefix"]:
            assert getattr(resource, field), f"{place}: a resource has no {field}"
        prefixes.add(resource.namespace_prefix)
    seen = set()
    for feature in packet.phenotypic_features:
        concept = feature.type
        assert concept.id.split(":")[0] in prefixes, f"{place}: no resource for {concept.id}"
        assert concept.label, f"{place}: {concept.id} has no label"
        # On another side, or of another severity, it is another feature.
        key = (concept.id, tuple(modifier.id for modifier in feature.modifiers), feature.severity.id)
        assert key not in seen, f"{place}: {key} twice"
        seen.add(key)
    return packet.id, len(seen)


def packets(path):
    """The texts of a file's phenopackets."""
    with open(path, encoding="utf-8") as file:
        return [line for line in file if line.strip()]


if __name__ == "__main__":
    for path in sys.argv[1:]:
        checked = [check(f"{path}:{line}", text) for line, text in enumerate(packets(path), start=1)]
        assert len({name for name, _ in checked}) == len(checked), f"{path}: an identifier stands twice"
        print(f"{len(checked)}\t{sum(count for _, count in checked)}\t{path}", flush=True)
