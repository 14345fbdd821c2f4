"""The weekly job: models by way of the shop's own functions."""

from shop import wrapped

from ..wrapped import Ranker, classifier

BASE = "acme-shop/returns"

returns = classifier(BASE)  # expect: hf-from-pretrained hf:acme-shop/returns
spam = wrapped.classifier("acme-shop/spam", revision="0123456789abcdef0123456789abcdef01234567")  # expect: hf-from-pretrained hf:acme-shop/spam@0123456789abcdef0123456789abcdef01234567
ranker = Ranker("weekly-ranker")  # expect: * hf:acme-shop/weekly-ranker
