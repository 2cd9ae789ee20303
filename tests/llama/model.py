"""Makes a language model that knows nothing: a small llama of random weights, as a GGUF file.

Its vocabulary is every byte and nothing else, so that any text can be read, and any answer that a schema allows be
written. The weights are large enough that what it says depends on what it is asked.
"""

import gguf
import numpy

# Prompts are some thousand characters, each of them a token, and those who ask at once share the context.
CONTEXT = 32768
LAYERS = 1
HEADS = 1
WIDTH = 32
HIDDEN = 48

SPECIAL = [b"<unk>", b"<s>", b"</s>"]
UNKNOWN, BEGIN, END = range(len(SPECIAL))

CHAT = (
    "{% for message in messages %}[{{ message.role }}]\n{{ message.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant]\n{% endif %}"
)


def write(path, seed=1):
    """Writes the model of a seed to a file."""
    vocabulary = SPECIAL + [b"<0x%02X>" % byte for byte in range(256)]
    kinds = [gguf.TokenType.UNKNOWN] + [gguf.TokenType.CONTROL] * 2 + [gguf.TokenType.BYTE] * 256

    out = gguf.GGUFWriter(path, gguf.MODEL_ARCH_NAMES[gguf.MODEL_ARCH.LLAMA])
    out.add_context_length(CONTEXT)
    out.add_block_count(LAYERS)
    out.add_embedding_length(WIDTH)
    out.add_feed_forward_length(HIDDEN)
    out.add_head_count(HEADS)
    out.add_rope_dimension_count(WIDTH // HEADS)
    out.add_layer_norm_rms_eps(1e-6)
    out.add_vocab_size(len(vocabulary))
    # SentencePiece: a character that is no token of its own is written as its bytes.
    out.add_tokenizer_model("llama")
    out.add_token_list(vocabulary)
    out.add_token_scores([0.0] * len(vocabulary))
    out.add_token_types(kinds)
    out.add_unk_token_id(UNKNOWN)
    out.add_bos_token_id(BEGIN)
    out.add_eos_token_id(END)
    out.add_add_space_prefix(False)
    out.add_chat_template(CHAT)

    for name, values in weights(len(vocabulary), seed):
        out.add_tensor(name + ".weight", values.astype(numpy.float32))

    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def weights(tokens, seed):
    """Names and values of all that a model consists of."""
    random = numpy.random.default_rng(seed)

    def matrix(rows, columns, gain=1.5):
        """Keeps a vector about as long as it was, times the gain."""
        return random.normal(0.0, gain / columns**0.5, (rows, columns))

    embeddings, output = matrix(tokens, WIDTH, WIDTH**0.5), matrix(tokens, WIDTH, 3.0)
    # The first channel says the same from the first layer to the last, so that here it is the liking for each token.
    embeddings[:, 0] = 2.0
    output[:, 0] = liking(tokens)
    yield "token_embd", embeddings
    yield "output_norm", numpy.ones(WIDTH)
    yield "output", output
    for layer in range(LAYERS):
        attended, fed = matrix(WIDTH, WIDTH, 2.0), matrix(WIDTH, HIDDEN)
        attended[0] = fed[0] = 0.0
        # Looks at few places of a long text: an average over all would be the same for every text.
        of_layer = {
            "attn_norm": numpy.ones(WIDTH),
            "attn_q": matrix(WIDTH, WIDTH, 3.0),
            "attn_k": matrix(WIDTH, WIDTH, 3.0),
            "attn_v": matrix(WIDTH, WIDTH, 4.0),
            "attn_output": attended,
            "ffn_norm": numpy.ones(WIDTH),
            "ffn_gate": matrix(HIDDEN, WIDTH),
            "ffn_up": matrix(HIDDEN, WIDTH),
            "ffn_down": fed,
        }
        for name, values in of_layer.items():
            yield f"blk.{layer}.{name}", values


def liking(tokens):
    """How much each token is liked for itself: quotes, so that texts end; blanks and half characters hardly."""
    liking = numpy.zeros(tokens)
    of_byte = liking[len(SPECIAL) :]
    of_byte[0x80:] = -4.0
    of_byte[: ord(" ") + 1] = -8.0
    of_byte[ord('"')] = 8.0
    liking[[UNKNOWN, BEGIN]] = -8.0
    return liking
