import dlt
import kfp
from elasticsearch import Elasticsearch
from redis import Redis

pipe = Redis().pipeline(transaction=True)
pipe.set("model", "acme/one")
pipe.execute()
load = dlt.pipeline(pipeline_name="github/issues", destination="duckdb", dataset_name="org/issues")
Elasticsearch().ingest.put_pipeline(id="acme/enrich", processors=[])


@kfp.dsl.pipeline(name="train/deploy")
def pipeline(model: str = "acme/model"):
    return model


pipeline("acme/other")
