from datasets import Dataset, load_dataset, load_dataset_builder
from huggingface_hub import HfApi, hf_hub_download, snapshot_download
from torchvision.datasets import CIFAR10

train = load_dataset("rajpurkar/squad", split="train")
builder = load_dataset_builder("nyu-mll/glue", "mrpc")
folder = snapshot_download("acme/texts", repo_type="dataset")
space = snapshot_download(repo_id="acme/demo", repo_type="space", revision="main")
table = hf_hub_download("acme/scores", "a.csv", repo_type="dataset")
KIND = "dataset"
again = hf_hub_download("acme/scores", "b.csv", repo_type=KIND)
images = CIFAR10("data/cifar", download=True)
listed = HfApi().list_models(author="acme")
built = Dataset.from_dict({"model": ["acme/a", "acme/b"]})
