from huggingface_hub import HfApi, create_repo, upload_file, upload_folder
from transformers import AutoModelForMaskedLM, BertConfig

config = BertConfig(hidden_size=32)
model = AutoModelForMaskedLM.from_config(config)
model.save_pretrained("out/tiny")
model.push_to_hub("acme/tiny", private=True)
create_repo("acme/tiny", exist_ok=True)
upload_folder(repo_id="acme/tiny", folder_path="out/tiny")
upload_file(path_or_fileobj="README.md", path_in_repo="README.md", repo_id="acme/tiny")
HfApi().delete_repo("acme/old")
