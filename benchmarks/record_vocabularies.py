"""Record how a text is cut by two real vocabularies: that of SmolLM2, and that of Mistral 7B v0.3.

    python -m venv build/two && build/two/bin/pip install sentencepiece -e '.[test]'
    pip download --no-deps mistral-common==1.13.1
    build/two/bin/python -m benchmarks.record_vocabularies mistral_common-1.13.1-*.whl

rewrites lib/tokenworks/data/two_vocabularies.json. The wheel is Mistral AI's, Apache-2.0; neither
it nor sentencepiece, which reads its vocabulary, is a dependency of the package or in its lock.
"""

from __future__ import annotations

import argparse
import json
import zipfile
from pathlib import Path

from tokenworks.model import load

TARGET = Path(__file__).parents[1] / "lib/tokenworks/data/two_vocabularies.json"
MEMBER = "mistral_common/data/mistral_instruct_tokenizer_240323.model.v3"
SOURCE = "https://pypi.org/project/mistral-common/1.13.1/"
ACCESSED = "2026-11-29"
TEXTS = ("The token factory makes 1,024 tokens.", "def unbelievably(x): return x")
SPACE = "▁"  # how sentencepiece writes a space


def main() -> None:
    """Cut the texts by both vocabularies and count what the two have in common."""
    import sentencepiece  # of its own environment: see above

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    with zipfile.ZipFile(parser.parse_args().wheel) as wheel:
        other = sentencepiece.SentencePieceProcessor(model_proto=wheel.read(MEMBER))
    mine = load().tokenizer
    theirs = [other.id_to_piece(i).replace(SPACE, " ").encode() for i in range(len(other))]
    ids = {piece: i for i, piece in enumerate(theirs)}
    cuts = []
    for text in TEXTS:
        first, second = mine.encode(text), other.encode(text, add_bos=False)
        cuts.append(
            {
                "text": text,
                "ids": [first, second],
                "pieces": [
                    [mine.pieces[i].decode() for i in first],
                    [theirs[i].decode() for i in second],
                ],
            }
        )
    record = {
        "made by": "python -m benchmarks.record_vocabularies",
        "source": SOURCE,
        "accessed": ACCESSED,
        "license": "Apache-2.0",
        "names": ["SmolLM2", "Mistral 7B v0.3"],
        "sizes": [len(mine.pieces), len(theirs)],
        "pieces in both": len(set(mine.pieces) & ids.keys()),
        "with the same id": sum(ids.get(piece) == i for i, piece in enumerate(mine.pieces)),
        "cuts": cuts,
    }
    TARGET.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
