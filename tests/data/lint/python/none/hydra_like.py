from dataclasses import dataclass


@dataclass
class Optimiser:
    name: str = "adam/w"
    model: str = "linear/warmup"


OPTIMISER = Optimiser()
print(OPTIMISER.model)
