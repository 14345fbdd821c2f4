"""Which classes and modules a configuration may name without making the loader run code that is not its own.

Exact lists, taken from the published libraries: sentence-transformers 6.2, diffusers 0.42, transformers 5.23,
MLflow 3, Keras 3 and the configurations that the Stable Diffusion papers published.
"""

from __future__ import annotations

import re
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CLASS: Final = re.compile(r"[A-Z]\w{0,100}")
_DOTTED: Final = re.compile(r"[A-Za-z_]\w{0,100}(?:\.[A-Za-z_]\w{0,100}){1,20}")

_SENTENCE_CLASSES: Final = _words("""
    Asym BoW CLIPModel CNN Dense Dropout InputModule LSTM LayerNorm LogitScore MLMTransformer Module MultiVectorMask
    Normalize Pooling Router SparseAutoEncoder SparseStaticEmbedding SpladePooling StaticEmbedding TokenPooling
    Transformer WeightedLayerPooling WordEmbeddings WordWeights WhitespaceTokenizer WordTokenizer PhraseTokenizer
    SentenceTransformer SparseEncoder CrossEncoder MultiVectorEncoder
""")
_SENTENCE_MODULES: Final = _words("""
    models modules base sentence_transformer sparse_encoder multi_vector_encoder cross_encoder tokenizer whitespace
    word phrase model
""")
_STORING: Final = _words("""
    Asym BoW CLIPModel CNN Dense LSTM LayerNorm MLMTransformer Pooling Router SparseAutoEncoder SparseStaticEmbedding
    SpladePooling StaticEmbedding Transformer WeightedLayerPooling WordEmbeddings WordWeights
""")
_ACTIVATIONS: Final = _words("""
    CELU ELU GELU GLU Hardshrink Hardsigmoid Hardswish Hardtanh Identity LeakyReLU LogSigmoid LogSoftmax Mish PReLU
    RReLU ReLU ReLU6 SELU SiLU Sigmoid Softmax Softmax2d Softmin Softplus Softshrink Softsign Tanh Tanhshrink Threshold
""")
ATTENTION: Final = _words("""
    eager sdpa flash_attention_2 flash_attention_3 flash_attention_4 flash_attention flex_attention xformers torch math
    triton mem_efficient paged_attention eager_paged sdpa_paged auto default manual vllm sagemaker batched_mm grouped_mm
    deepgemm sonicmoe flash_attn flash
""")
"""Implementations of attention and of experts that transformers registers itself, or has had."""
PIPELINES: Final = _words("""
    ace_step allegro alt_diffusion amused animatediff anyflow audio_diffusion audioldm audioldm2 aura_flow
    blip_diffusion bria bria_fibo bria_fibo2 chroma chronoedit cogvideo cogview3 cogview4 consisid consistency_models
    controlnet controlnet_hunyuandit controlnet_sd3 controlnet_xs cosmos dance_diffusion ddim ddpm deepfloyd_if
    deprecated diffusion_gemma dit dreamlite easyanimate ernie_image flux flux2 glm_image helios hidream_image
    hunyuan_image hunyuan_video hunyuan_video1_5 hunyuandit i2vgen_xl ideogram4 joyimage kandinsky kandinsky2_2
    kandinsky3 kandinsky5 kandinsky6 kolors krea2 latent_consistency_models latent_diffusion latent_diffusion_uncond
    latte ledits_pp llada2 longcat_audio_dit longcat_image ltx ltx2 lucy lumina lumina2 marigold mochi motif_video
    musicldm nucleusmoe_image omnigen onnx ovis_image pag paint_by_example pia pixart_alpha pndm prx qwenimage
    qwenimage21 repaint rfd4_proteina sana sana_video sana_wm score_sde_ve semantic_stable_diffusion shap_e skyreels_v2
    spectrogram_diffusion stable_audio stable_audio_3 stable_cascade stable_diffusion stable_diffusion_3
    stable_diffusion_attend_and_excite stable_diffusion_diffedit stable_diffusion_gligen stable_diffusion_k_diffusion
    stable_diffusion_ldm3d stable_diffusion_panorama stable_diffusion_safe stable_diffusion_sag stable_diffusion_xl
    stable_video_diffusion stochastic_karras_ve t2i_adapter text_to_video_synthesis unclip unidiffuser
    versatile_diffusion visualcloze vq_diffusion wan wuerstchen z_image
""")
"""Modules of ``diffusers.pipelines`` whose classes a model_index.json may name."""
COMPONENT_LIBRARIES: Final = PIPELINES | {"diffusers", "transformers", "onnxruntime", "onnxruntime.training"}
MLFLOW_LOADERS: Final = frozenset(
    f"mlflow.{name}"
    for name in _words("""
        catboost diffusers dspy h2o johnsnowlabs keras langchain lightgbm llama_index onnx paddle pmdarima prophet
        pytorch sentence_transformers shap sklearn spacy spark statsmodels tensorflow transformers xgboost fastai gluon
        mleap diviner promptflow openai
    """)
)
"""Modules of MLflow that load a flavour of their own."""
KERAS_ROOTS: Final = _words("keras keras_hub keras_nlp keras_cv keras_core tf_keras")
_LDM_TARGETS: Final = _words("""
    ldm.models.diffusion.ddpm.LatentDiffusion ldm.models.diffusion.ddpm.LatentInpaintDiffusion
    ldm.models.diffusion.ddpm.LatentUpscaleDiffusion ldm.models.diffusion.ddpm.LatentDepth2ImageDiffusion
    ldm.models.diffusion.ddpm.LatentUpscaleFinetuneDiffusion
    ldm.models.diffusion.ddpm.ImageEmbeddingConditionedLatentDiffusion
    ldm.lr_scheduler.LambdaLinearScheduler ldm.models.autoencoder.AutoencoderKL ldm.models.autoencoder.VQModelInterface
    ldm.modules.diffusionmodules.openaimodel.UNetModel ldm.modules.encoders.modules.FrozenCLIPEmbedder
    ldm.modules.encoders.modules.FrozenOpenCLIPEmbedder ldm.modules.encoders.modules.BERTEmbedder
    ldm.modules.midas.api.MiDaSInference ldm.modules.diffusionmodules.upscaling.ImageConcatWithNoiseAugmentation
    ldm.modules.losses.LPIPSWithDiscriminator cldm.cldm.ControlLDM cldm.cldm.ControlNet cldm.cldm.ControlledUnetModel
    sgm.models.diffusion.DiffusionEngine sgm.modules.GeneralConditioner
    sgm.models.autoencoder.AutoencoderKLInferenceWrapper
    sgm.models.autoencoder.AutoencoderKL sgm.modules.diffusionmodules.openaimodel.UNetModel
    sgm.modules.diffusionmodules.denoiser.DiscreteDenoiser sgm.modules.diffusionmodules.denoiser_scaling.EpsScaling
    sgm.modules.diffusionmodules.denoiser_weighting.EpsWeighting
    sgm.modules.diffusionmodules.discretizer.LegacyDDPMDiscretization
    sgm.modules.encoders.modules.FrozenCLIPEmbedder sgm.modules.encoders.modules.FrozenOpenCLIPEmbedder2
    sgm.modules.encoders.modules.ConcatTimestepEmbedderND
""")


def is_sentence_class(path: str) -> bool:
    """Whether sentence-transformers itself has the class, under one of the paths that it has had."""
    first, *middle, last = path.split(".") if "." in path else ("", "")
    modules = {name.lower() for name in _SENTENCE_CLASSES} | _SENTENCE_MODULES
    plain = (part.replace("_", "").lower() if part not in modules else part for part in middle)
    return first == "sentence_transformers" and last in _SENTENCE_CLASSES and all(part in modules for part in plain)


def stores_files(path: str) -> bool:
    """Whether a module of sentence-transformers writes files; Normalize and others leave their folder empty."""
    return path.rpartition(".")[2] in _STORING


def is_activation(path: str) -> bool:
    """Whether a dotted path is one of PyTorch's activation functions."""
    module, _, name = path.rpartition(".")
    homes = {"torch.nn", "torch.nn.modules.activation", "torch.nn.modules.linear"}
    return module in homes and name in _ACTIVATIONS


def is_target(path: str) -> bool:
    """Whether a class that a configuration instantiates is a published one that computes and no more."""
    module, _, name = path.rpartition(".")
    torch = module.split(".")[:2] in (["torch", "nn"], ["torch", "optim"])
    return path in _LDM_TARGETS or (torch and _CLASS.fullmatch(name) is not None and name[1:2].islower())


def is_dotted(path: str) -> bool:
    """Whether a text is a dotted path of Python names."""
    return _DOTTED.fullmatch(path) is not None


def is_class_name(name: str) -> bool:
    """Whether a text is a plain class name."""
    return _CLASS.fullmatch(name) is not None
