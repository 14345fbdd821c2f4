"""Sentencepiece: the protobuf message `ModelProto` of a `.model` file, walked over once.

What its own loader refuses is a fault: no pieces, an empty or repeated piece, no unknown piece or more than one, a
charsmap that does not fit. So is any field that the schema does not have; in the specifications of training, to which
new releases add, that is mild.

Faults: those of `weighbridge.formats.protobuf`, and `no-pieces`, `piece`, `piece-type`, `duplicate-piece`, `unknown`,
`charsmap`, `too-many-faults`. Source: sentencepiece 0.2, `sentencepiece_model.proto` and `model_interface.cc`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.charsmap import charsmap_fault
from weighbridge.formats.fault import Fault, Faults, StopError, quoted
from weighbridge.formats.protobuf import Message, Walk, schema
from weighbridge.formats.window import Readable, Window

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_PIECES = 2_000_000
_NORMAL, _UNKNOWN, _BYTE = 1, 2, 6
_SPECS: Final = frozenset({"Trainer", "Normalizer"})

_TABLE: Final = schema("""
Model
1 pieces* Piece
2 trainer_spec Trainer
3 normalizer_spec Normalizer
4 self_test_data SelfTest
5 denormalizer_spec Normalizer
SelfTest
1 samples* Sample
Sample
1 input text
2 expected text
Piece
1 piece! text
2 score float
3 type! int
Normalizer
1 name text
2 precompiled_charsmap! bytes
3 add_dummy_prefix int
4 remove_extra_whitespaces int
5 escape_whitespaces int
6 normalization_rule_tsv text
Trainer
1 input* text
2 model_prefix text
3 model_type int
4 vocab_size int
5 accept_language* text
6 self_test_sample_size int
7 input_format text
10 character_coverage float
11 input_sentence_size int
12 mining_sentence_size int
13 training_sentence_size int
14 seed_sentencepiece_size int
15 shrinking_factor float
16 num_threads int
17 num_sub_iterations int
18 max_sentence_length int
19 shuffle_input_sentence int
20 max_sentencepiece_length int
21 split_by_unicode_script int
22 split_by_whitespace int
23 split_by_number int
24 treat_whitespace_as_suffix int
25 split_digits int
26 allow_whitespace_only_pieces int
30 control_symbols* text
31 user_defined_symbols* text
32 vocabulary_output_piece_score int
33 hard_vocab_limit int
34 use_all_vocab int
35 byte_fallback int
36 required_chars text
40 unk_id int
41 bos_id int
42 eos_id int
43 pad_id int
44 unk_surface text
45 unk_piece text
46 bos_piece text
47 eos_piece text
48 pad_piece text
49 train_extremely_large_corpus int
50 enable_differential_privacy int
51 differential_privacy_noise_level float
52 differential_privacy_clipping_threshold int
53 pretokenization_delimiter text
54 seed_sentencepieces_file text
55 auto_character_coverage int
""")


@dataclass(frozen=True, slots=True)
class SentencepieceReport:
    """What a sentencepiece model holds, and which rules it breaks.

    Args:
        pieces: How many pieces it has.
        faults: The broken rules.
        mild: Ids among them that a newer release of the format may explain.
    """

    pieces: int
    faults: tuple[Fault, ...]
    mild: frozenset[str] = frozenset()


def parse(file: Readable, size_bytes: int) -> SentencepieceReport:
    """Read a sentencepiece model; an error of the file object itself passes through."""
    faults = Faults()
    pieces = _Pieces(faults)
    leave: dict[str, Callable[[Message, Message | None], None]] = {"Piece": pieces.leave, "Normalizer": pieces.charsmap}
    walk = Walk(Window(file, size_bytes), _TABLE, leave, faults)
    try:
        walk.run("Model")
        pieces.finish(size_bytes)
    except StopError as error:
        faults.stop(error)
    newer = {kind for kind, _ in walk.unknown} <= _SPECS
    return SentencepieceReport(pieces.count, faults.all(), frozenset({"unknown-field"} if newer else ()))


class _Pieces:
    """The vocabulary while it is read."""

    def __init__(self, faults: Faults) -> None:
        self.count = 0
        self._faults = faults
        self._seen: set[bytes] = set()
        self._unknown = 0

    def leave(self, message: Message, _: Message | None) -> None:
        """A piece ends."""
        self.count += 1
        if self.count > MAX_PIECES:
            raise StopError("limit", f"there are more than {MAX_PIECES} pieces", message.at)
        piece, kind = message.text("piece"), message.number("type", _NORMAL)
        if not piece:
            self._faults.add("piece", "a piece is empty", message.at)
        elif piece in self._seen:
            self._faults.add("duplicate-piece", f"the piece {quoted(piece)} stands twice", message.at)
        self._seen.add(piece)
        try:
            piece.decode()
        except UnicodeDecodeError:
            self._faults.add("piece", f"the piece {quoted(piece)} is not UTF-8", message.at)
        if not _NORMAL <= kind <= _BYTE:
            self._faults.add("piece-type", f"a piece of type {kind}", message.at)
        self._unknown += kind == _UNKNOWN

    def charsmap(self, message: Message, _: Message | None) -> None:
        """A normaliser's specification ends."""
        fault = charsmap_fault(message.text("precompiled_charsmap"))
        if fault:
            self._faults.add("charsmap", fault, message.at)

    def finish(self, size_bytes: int) -> None:
        """The model ends."""
        if not self.count:
            self._faults.add("no-pieces", "there are no pieces", size_bytes)
        elif self._unknown != 1:
            self._faults.add("unknown", f"{self._unknown} pieces stand for the unknown; it must be one", size_bytes)
