"""How to load it:

    from transformers import AutoModel
    AutoModel.from_pretrained("acme/from-docstring")

or ``pipeline("fill-mask", model="acme/from-docstring")``.
"""

# model = AutoModel.from_pretrained("acme/in-comment")
HELP = "AutoModel.from_pretrained('acme/in-string')"
EXAMPLE = """
hf download acme/in-text
snapshot_download("acme/in-text")
"""


def run():
    """SentenceTransformer("acme/in-docstring")"""
    print("hf_hub_download('acme/in-print', 'x')")
    raise ValueError("call AutoModel.from_pretrained('acme/in-error') first")
