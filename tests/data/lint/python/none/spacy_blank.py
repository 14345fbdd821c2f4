import spacy
from spacy.tokens import DocBin

nlp = spacy.blank("en")
nlp.add_pipe("sentencizer")
docs = DocBin().from_disk("corpus/train.spacy")
own = spacy.load("training/model-best")
again = spacy.load("/srv/models/ner")
