from celery import Celery
from sqlalchemy.orm import DeclarativeBase

app = Celery("shop/worker", broker="redis://localhost")


class Base(DeclarativeBase):
    pass


class Embedding(Base):
    __tablename__ = "model/embedding"


app.conf.update(model="acme/celery", task_default_queue="gpu/queue")
