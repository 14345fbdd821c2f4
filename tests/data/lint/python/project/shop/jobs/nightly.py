"""The nightly job: score with what the registry holds."""

import os

import mlflow
import mlflow.pyfunc
from mlflow import MlflowClient
from mlflow.sklearn import load_model as load_sklearn

from shop.constants import RANKER as NAME
from transformers import AutoModel

from ..constants import OWNER

STAGE = "Production"
VERSION = 7

champion = mlflow.pyfunc.load_model("models:/basket@champion")  # expect: mlflow mlflow:basket@@champion
numbered = mlflow.pyfunc.load_model(f"models:/basket/{VERSION}")  # expect: mlflow mlflow:basket@7
staged = mlflow.pyfunc.load_model(model_uri=f"models:/basket/{STAGE}")  # expect: mlflow mlflow:basket@Production
sklearn = load_sklearn("models:/returns/3")  # expect: mlflow mlflow:returns@3
torch_model = mlflow.pytorch.load_model("models:/images@challenger")  # expect: mlflow mlflow:images@@challenger
spark = mlflow.pyfunc.spark_udf(None, model_uri="models:/basket/latest")  # expect: * mlflow:basket@latest
downloaded = mlflow.artifacts.download_artifacts(artifact_uri="models:/images/2")  # expect: * mlflow:images@2
run_model = mlflow.pyfunc.load_model("runs:/0123456789abcdef/model")
by_variable = mlflow.pyfunc.load_model(os.environ["MODEL_URI"])  # expect: mlflow mlflow:?
folder = mlflow.pyfunc.load_model("out/model")
client = MlflowClient()
version = client.get_model_version_by_alias("basket", "champion")  # expect: * mlflow:basket@@champion
ranker = AutoModel.from_pretrained(NAME)  # expect: hf-from-pretrained hf:acme-shop/ranker
base = AutoModel.from_pretrained(f"{OWNER}/base")  # expect: hf-from-pretrained hf:acme-shop/base
mlflow.register_model("runs:/0123456789abcdef/model", "basket")
