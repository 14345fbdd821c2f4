def snapshot_download(repo: str) -> str:
    return repo


def pipeline(task: str, model: str) -> str:
    return task + model


class LLM:
    def __init__(self, model: str) -> None:
        self.model = model


class YOLO:
    def __init__(self, name: str) -> None:
        self.name = name


snapshot_download("backup/daily")
pipeline("build", model="acme/image")
LLM("meta/theory")
YOLO("you-only-live-once")
