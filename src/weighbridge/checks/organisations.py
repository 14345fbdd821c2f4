"""Organisations and people on the Hub whose names are worth imitating.

Being listed says only that a name is known, not that its models are good. Of names that lie close to each other all are
listed, so that none of them is taken for an imitation of another.
"""

from __future__ import annotations

from typing import Final

_NAMES = """
01-ai ai-forever ai-sage ai21labs ai4bharat Alibaba-DAMO-Academy Alibaba-NLP alibaba-pai allenai allenai-specter
amazon amazon-agi amazon-science amd answerdotai Anthropic apple arcee-ai aubmindlab avsolatorio BAAI Babelscape
baichuan-inc baidu bartowski beomi bigcode bigscience black-forest-labs BSC-LT ByteDance ByteDance-Seed cagliostrolab
CAMeL-Lab canopylabs cardiffnlp casperhansen cerebras codellama codeparrot cognitivecomputations CohereForAI
CohereLabs colbert-ir CompVis coqui core42 cross-encoder cyberagent damo-vilab databricks dbmdz dccuchile deepmind
deepseek-ai deepset defog diffusers diffusers-internal-dev distilbert dmis-lab dslim dunzhang ehartford EleutherAI
elyza emilyalsentzer epfl-llm espnet essential-ai explosion facebook FacebookAI finiteautomata fishaudio flair fnlp
garage-bAInd genmo ggerganov ggml-org google google-bert google-deepmind google-research google-t5 gorilla-llm
guillaumekln h94 Helsinki-NLP hexgrad hf-audio hf-internal-testing hf-maintainers hugging-quants huggingface
huggingface-course huggingface-projects HuggingFaceBR4 HuggingFaceFW HuggingFaceH4 HuggingFaceM4 HuggingFaceTB HumeAI
hustvl ibm-fms ibm-granite ibm-nasa-geospatial ibm-research IDEA-CCNL IDEA-Research inclusionAI infgrad InstantX Intel
internlm intfloat ISTA-DASLab j-hartmann Jean-Baptiste jinaai julien-c kakaobrain kakaocorp kandinsky-community keras
keras-hub keras-io kernels-community Kwai-Kolors kyutai laion lerobot LGAI-EXAONE lightonai Lightricks
line-corporation LiquidAI liuhaotian llava-hf lllyasviel llm-jp lmms-lab lmstudio-community lmsys LoneStriker Lykon
lysandre matsuo-lab MaziyarPanahi medalpaca meta-llama microsoft MiniMaxAI mistral-community mistralai mixedbread-ai
moonshotai MoritzLaurer mosaicml mozilla-ai mradermacher myshell-ai nateraw naver naver-hyperclovax navervision
neuralmagic nlpaueb nlpconnect nlptown nm-testing nomic-ai NousResearch nvidia nvidia-cosmos NVIDIA-Nemotron
nyrahealth onnx-community onnx-internal-testing onnxmodelzoo Open-Orca open-r1 open-thoughts openaccess-ai-collective
openai openai-community OpenAssistant openbmb openchat OpenGVLab OpenLLM-France openlm-research
optimum-internal-testing ostris PaddlePaddle papluca parler-tts patrickvonplaten peft-internal-testing PekingU
perplexity-ai pfnet philschmid Phind PixArt-alpha PlanTL-GOB-ES playgroundai PrimeIntellect prithivida projecte-aina
ProsusAI ProtectAI protectai pyannote pytorch qualcomm QuantFactory Qwen RedHatAI rinna runwayml Salesforce SamLowe
sarvamai sberbank-ai sbintuitions sd-legacy second-state segmind sentence-transformers ServiceNow ServiceNow-AI sesame
SG161222 sgugger ShilongLiu skt snakers4 Snowflake Snowflake-Labs speechbrain sshleifer stabilityai
stable-diffusion-v1-5 stanford-crfm StanfordAIMI stanfordnlp stepfun-ai suno swiss-ai SWivid Systran t-tech teknium
tencent TencentARC TencentGameMate tensorflow TheBloke thenlper thu-ml THUDM tiiuae timm togethercomputer
tokyotech-llm transformers-community trl-internal-testing trl-lib turboderp Ultralytics Unbabel unsloth upstage
utter-project valhalla vikhyatk Wan-AI WhereIsAI WizardLM WizardLMTeam Writer xai-org Xenova XiaomiMiMo XLabs-AI
yiyanghkust zai-org Zyphra
"""
KNOWN: Final = frozenset(_NAMES.split())
"""Names that nobody else should be mistaken for."""
