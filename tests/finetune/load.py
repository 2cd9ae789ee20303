"""Loads files of training data with Hugging Face's `datasets`, and checks what it makes of them.

Usage: load.py FILE ...; nothing is fetched, and nothing is kept but in a folder that is given as HF_HOME.
"""

import json
import sys

from datasets import load_dataset

KEYS = {"role", "content"}


def load(path):
    """The rows of a file, checked."""
    dataset = load_dataset("json", data_files=path, split="train")
    assert dataset.column_names == ["messages"], f"{path}: columns {dataset.column_names}"
    for number, row in enumerate(dataset, start=1):
        messages = row["messages"]
        roles = [message["role"] for message in messages]
        assert roles == ["system", "user", "assistant"], f"{path}:{number}: roles {roles}"
        for message in messages:
            assert set(message) == KEYS, f"{path}:{number}: keys {sorted(message)}"
            assert message["content"].strip(), f"{path}:{number}: an empty message"
        answer = json.loads(messages[-1]["content"])
        assert len(answer) == 1 and set(answer) <= {"answer", "choice"}, f"{path}:{number}: answer {answer}"
    with open(path, encoding="utf-8") as lines:
        written = [json.loads(line)["messages"] for line in lines]
    assert [row["messages"] for row in dataset] == written, f"{path}: other rows than are written"
    return len(dataset)


if __name__ == "__main__":
    for path in sys.argv[1:]:
        print(f"{load(path)}\t{path}")
