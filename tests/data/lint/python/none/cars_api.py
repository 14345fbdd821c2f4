from fastapi import FastAPI

app = FastAPI()


@app.get("/models/{make}/{model}")
def model(make: str, model: str = "audi/a4"):
    return {"make": make, "model": model, "repo_id": "depot/berlin", "engine": "diesel/v6"}
