"""Question answering over the handbook: retrieve, rerank, answer."""

import os
from functools import lru_cache, partial
from pathlib import Path

import chromadb
from fastapi import FastAPI
from langchain_community.embeddings import HuggingFaceEmbeddings
from langchain_community.vectorstores import FAISS
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from openai import OpenAI
from pydantic import BaseModel
from sentence_transformers import CrossEncoder, SentenceTransformer, util

app = FastAPI()
client = OpenAI()
INDEX = Path("data/index")
EMBEDDER = os.environ.get("EMBEDDER", "BAAI/bge-small-en-v1.5")
RERANKERS = {"small": "cross-encoder/ms-marco-MiniLM-L-6-v2", "large": "BAAI/bge-reranker-large"}


class Settings(BaseModel):
    answer_model: str = "gpt-4o-mini"
    judge_model: str = "gpt-4o-2024-08-06"
    collection: str = "handbook/en"


settings = Settings()


@lru_cache(maxsize=1)
def embedder() -> SentenceTransformer:
    return SentenceTransformer(EMBEDDER, device="cpu")  # expect: sentence-transformers hf:BAAI/bge-small-en-v1.5


@lru_cache(maxsize=1)
def reranker() -> CrossEncoder:
    return CrossEncoder(RERANKERS["small"])  # expect: sentence-transformers hf:cross-encoder/ms-marco-MiniLM-L-6-v2


pinned = partial(SentenceTransformer, revision="c9745ed1d9f207416be6d2e6f8de32d1f16199bf")
fallback = pinned("sentence-transformers/all-MiniLM-L6-v2")  # expect: sentence-transformers hf:sentence-transformers/all-MiniLM-L6-v2@c9745ed1d9f207416be6d2e6f8de32d1f16199bf
short = SentenceTransformer("all-mpnet-base-v2")  # expect: sentence-transformers hf:all-mpnet-base-v2
own = SentenceTransformer("models/handbook-embedder")

lc_embeddings = HuggingFaceEmbeddings(model_name="intfloat/e5-base-v2")  # expect: langchain-embeddings hf:intfloat/e5-base-v2
openai_embeddings = OpenAIEmbeddings(model="text-embedding-3-small")  # expect: vendor-api api:openai/text-embedding-3-small
store = FAISS.load_local("data/faiss", lc_embeddings, allow_dangerous_deserialization=True)
chat = ChatOpenAI(model="gpt-4o", temperature=0)  # expect: vendor-api api:openai/gpt-4o
collection = chromadb.PersistentClient(path="data/chroma").get_collection("handbook/en")


@app.post("/answer")
def answer(question: str) -> dict:
    hits = util.semantic_search(embedder().encode(question), collection.get()["embeddings"])
    scores = reranker().predict([(question, hit["text"]) for hit in hits[0]])
    reply = client.chat.completions.create(
        model=settings.answer_model,  # expect: vendor-api api:openai/gpt-4o-mini
        messages=[{"role": "system", "content": "Use only the passages."}, {"role": "user", "content": question}],
    )
    graded = client.responses.create(model=settings.judge_model, input=reply.choices[0].message.content)  # expect: vendor-api api:openai/gpt-4o-2024-08-06
    vector = client.embeddings.create(model="text-embedding-3-large", input=question)  # expect: vendor-api api:openai/text-embedding-3-large
    return {"answer": reply.choices[0].message.content, "grade": graded.output_text, "scores": scores, "v": vector}
