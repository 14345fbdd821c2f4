from types import SimpleNamespace


class Messages:
    def create(self, *, model: str, body: str):
        return SimpleNamespace(model=model, body=body)


class Twilio:
    messages = Messages()


client = Twilio()
client.messages.create(model="sms/standard", body="hi")
client.messages.create(model="claude-the-postman", body="hi")


class Chat:
    class completions:
        @staticmethod
        def create(model):
            return model


Chat.completions.create(model="round/table")
