"""Serves a language model that knows nothing (model.py) with llama.cpp's own HTTP server.

Listens on a free port of the loopback address, prints the address on a line when it can be asked, and ends when its
standard input does, which is also when whoever started it is gone.
"""

import os
import socket
import sys
import tempfile

import model
import xllamacpp


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve():
    """Starts the server and returns it."""
    parameters = xllamacpp.CommonParams()
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = free_port()
    parameters.n_ctx = model.CONTEXT
    parameters.n_parallel = 4
    parameters.cpuparams.n_threads = 1
    parameters.use_jinja = True
    # Who else is being answered must not change an answer, and half the digits would let it.
    parameters.cache_type_k = parameters.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    with tempfile.TemporaryDirectory() as folder:
        parameters.model.path = os.path.join(folder, "tiny.gguf")
        model.write(parameters.model.path)
        return xllamacpp.Server(parameters)


server = serve()
print(server.listening_address, flush=True)
sys.stdin.buffer.read()
# Its threads are not waited for.
os._exit(0)
