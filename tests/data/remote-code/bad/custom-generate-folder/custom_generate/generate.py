def generate(model):
    return None
