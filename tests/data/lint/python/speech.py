"""Transcribe the calls, find who speaks, summarise."""

import spacy
import whisper
from faster_whisper import WhisperModel
from pyannote.audio import Pipeline
from speechbrain.inference import EncoderClassifier
from transformers import AutoProcessor, MarianMTModel, SpeechT5ForTextToSpeech, WhisperForConditionalGeneration, pipeline

LANGUAGES = ("de", "fr")
SIZE = "large-v3"

model = whisper.load_model("base")  # expect: whisper https:whisper/base
big = whisper.load_model(SIZE, device="cuda")  # expect: whisper https:whisper/large-v3
fast = WhisperModel("small.en", compute_type="int8")  # expect: faster-whisper hf:Systran/faster-whisper-small.en
fast_hub = WhisperModel("deepdml/faster-whisper-large-v3-turbo-ct2")  # expect: faster-whisper hf:deepdml/faster-whisper-large-v3-turbo-ct2
diarize = Pipeline.from_pretrained("pyannote/speaker-diarization-3.1", use_auth_token=True)  # expect: hf-from-pretrained hf:pyannote/speaker-diarization-3.1
speaker = EncoderClassifier.from_hparams(source="speechbrain/spkrec-ecapa-voxceleb")  # expect: * hf:speechbrain/spkrec-ecapa-voxceleb
nlp = spacy.load("en_core_web_sm", disable=["parser"])  # expect: spacy spacy:en_core_web_sm
nlp_own = spacy.load("./pipelines/calls")
blank = spacy.blank("de")
voice = SpeechT5ForTextToSpeech.from_pretrained("microsoft/speecht5_tts")  # expect: hf-from-pretrained hf:microsoft/speecht5_tts
asr = pipeline("automatic-speech-recognition", "openai/whisper-small")  # expect: hf-pipeline hf:openai/whisper-small
summarise = pipeline("summarization", model="facebook/bart-large-cnn", revision="37f520f")  # expect: hf-pipeline hf:facebook/bart-large-cnn@37f520f

processors = {
    # expect: hf-from-pretrained hf:Helsinki-NLP/opus-mt-en-de
    # expect: hf-from-pretrained hf:Helsinki-NLP/opus-mt-en-fr
    language: MarianMTModel.from_pretrained(f"Helsinki-NLP/opus-mt-en-{language}")
    for language in LANGUAGES
}


def load(checkpoint):
    return WhisperForConditionalGeneration.from_pretrained(checkpoint)  # expect: hf-from-pretrained hf:?


def load_processor(language: str):
    # expect: hf-from-pretrained hf:?
    return AutoProcessor.from_pretrained("acme-ml/asr-" + language)
