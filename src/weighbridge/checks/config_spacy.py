"""What spaCy's configurations take from its registries: functions and components by name.

spaCy runs the function that a package registered under the name. Names of spaCy's own packages (3.8) and of thinc (9.1)
are known; under any other runs code that some other package, or the model's own, brings.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from weighbridge.checks.config_place import Place


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PACKAGES: Final = _words("""
    spacy spacy-legacy spacy-loggers spacy-transformers spacy-curated-transformers spacy-lookups-data
    spacy-experimental spacy-llm srsly thinc
""")
REGISTRIES: Final = _words("""
    @architectures @augmenters @batchers @callbacks @datasets @factories @initializers @layers @lemmatizers @loggers
    @losses @lookups @misc @model_loaders @models @ops @optimizers @readers @schedules @scorers @tasks @tokenizers
    @vectors
""")
"""Keys that name a function of a registry."""
_THINC: Final = _words("""
    Adam CategoricalCrossentropy CauchySimilarity ClippedLinear CosineDistance Dish Dropout Embed Gelu HFWrapper
    HardSigmoid HardSwish HardSwishMobilenet HardTanh HashEmbed L2Distance LSTM LayerNorm Linear Logistic MXNetWrapper
    Maxout Mish MultiSoftmax ParametricAttention PyTorchLSTM PyTorchRNNWrapper PyTorchWrapper RAdam Relu ReluK SGD
    SequenceCategoricalCrossentropy Sigmoid Softmax SparseLinear Swish add bidirectional chain clone compounding
    concatenate constant constant_then cyclic_triangular decaying expand_window glorot_normal_init glorot_uniform_init
    he_normal_init he_uniform_init lecun_normal_init lecun_uniform_init list2array list2padded list2ragged noop
    normal_init padded2list plateau premap_ids ragged2list reduce_first reduce_last reduce_max reduce_mean reduce_sum
    remap_ids residual resizable siamese sigmoid_activation slanted_triangular softmax_activation strings2arrays tuplify
    uniform_init uniqued warmup_linear with_array with_array2d with_cpu with_flatten with_getitem with_list with_padded
    with_ragged with_reshape zero_init
""")
_OPERATIONS: Final = frozenset({"AppleOps", "CupyOps", "MPSOps", "NumpyOps"})
_FACTORIES: Final = _words("""
    attribute_ruler beam_ner beam_parser curated_transformer doc_cleaner entity_linker entity_ruler future_entity_ruler
    lemmatizer merge_entities merge_noun_chunks merge_subtokens morphologizer ner nn_labeller parser sentencizer senter
    span_cleaner span_finder span_ruler spancat spancat_singlelabel tagger textcat textcat_multilabel tok2vec
    token_splitter trainable_lemmatizer transformer experimental_char_ner_tokenizer experimental_coref
    experimental_edit_tree_lemmatizer experimental_span_resolver llm llm_ner llm_rel llm_sentiment llm_spancat
    llm_summarization llm_textcat
""")
_VERSIONED: Final = re.compile(r"(\w{1,60})\.v\d{1,3}")


def registered(value: object, place: Place) -> None:
    """A function that is taken from a registry by name."""
    if not isinstance(value, str) or not value or place.key not in REGISTRIES:
        return
    package, dot, _ = value.partition(".")
    versioned = _VERSIONED.fullmatch(value)
    known = (dot and package in _PACKAGES) or (versioned and versioned[1] in _THINC) or value in _OPERATIONS
    if not known and not (place.key == "@factories" and value in _FACTORIES):
        place.add("remote-code", f"takes {quoted(value)} from a registry, which is no part of spaCy")


def component(value: str, place: Place) -> None:
    """The factory of a component of the pipeline, ``[components.NAME]``."""
    if value not in _FACTORIES:
        place.add("remote-code", f"makes a component of {quoted(value)}, which is no part of spaCy")
