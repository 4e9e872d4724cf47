"""A tiny byte-level tokenizer: 88 characters, then the special tokens of a family."""

import json
import string

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

CHARACTERS = [*string.ascii_letters, *string.digits, *".,;:!?'\"()[]{}<>|+-*/=_&%", "Ġ"][:88]
FIRST_SPECIAL = 88


def write_tokenizer(folder, specials, named):
    """`tokenizer.json` with `specials` from id 88 on; `named` maps names such as mask_token to them."""
    vocabulary = {token: id for id, token in enumerate(CHARACTERS)}
    assert len(vocabulary) == FIRST_SPECIAL
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in specials])
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "tokenizer_config.json").write_text(json.dumps(named, indent=1) + "\n")
