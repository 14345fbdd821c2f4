import mlflow
from mlflow.models import infer_signature

with mlflow.start_run() as run:
    mlflow.log_param("model", "acme/logged")
    mlflow.set_tag("base_model", "acme/tagged")
    info = mlflow.sklearn.log_model(None, name="models/basket", signature=infer_signature([[1]], [0]))
    loaded = mlflow.pyfunc.load_model(info.model_uri)
    again = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
    mlflow.register_model(info.model_uri, "basket/prod")
