from tokenizers import Tokenizer
from tokenizers.models import BPE
from transformers import PreTrainedTokenizerFast

tokenizer = Tokenizer(BPE())
loaded = Tokenizer.from_file("vocab/tokenizer.json")
fast = PreTrainedTokenizerFast(tokenizer_file="vocab/tokenizer.json")
