from dataclasses import dataclass


@dataclass
class Item:
    model: str
    size: str


CATALOGUE = [
    {"model": "T-shirt", "size": "M"},
    {"model": "canon/eos-r5", "size": "-"},
    Item(model="nikon/z6", size="-"),
]


def create(model: str, **more):
    return Item(model, **more)


create(model="leica/m11", size="-")
