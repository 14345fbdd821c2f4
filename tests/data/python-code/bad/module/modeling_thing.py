import torch

class Thing(torch.nn.Module):
    pass
