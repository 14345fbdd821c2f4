"""A demo page: upload a picture, get a caption, a mask and a variation."""

import streamlit as st
import torch
from diffusers import (
    AutoencoderKL,
    ControlNetModel,
    DiffusionPipeline,
    StableDiffusionControlNetPipeline,
    StableDiffusionXLPipeline,
    UniPCMultistepScheduler,
)
from PIL import Image
from transformers import BlipForConditionalGeneration, BlipProcessor, CLIPModel, SamModel

CAPTIONER = "Salesforce/blip-image-captioning-base"


class Captioner:
    CHECKPOINT = CAPTIONER

    def __init__(self, revision=None):
        self.processor = BlipProcessor.from_pretrained(self.CHECKPOINT)  # expect: hf-from-pretrained hf:Salesforce/blip-image-captioning-base
        self.model = BlipForConditionalGeneration.from_pretrained(Captioner.CHECKPOINT, revision="main")  # expect: hf-from-pretrained hf:Salesforce/blip-image-captioning-base@main

    def __call__(self, image: Image.Image) -> str:
        return self.processor.decode(self.model.generate(**self.processor(image, return_tensors="pt"))[0])


@st.cache_resource
def masks():
    return SamModel.from_pretrained("facebook/sam-vit-base").to("cuda" if torch.cuda.is_available() else "cpu")  # expect: hf-from-pretrained hf:facebook/sam-vit-base


@st.cache_resource
def painter(fast: bool):
    name = "stabilityai/sdxl-turbo" if fast else "stabilityai/stable-diffusion-xl-base-1.0"
    vae = AutoencoderKL.from_pretrained("madebyollin/sdxl-vae-fp16-fix", torch_dtype=torch.float16)  # expect: hf-from-pretrained hf:madebyollin/sdxl-vae-fp16-fix
    # expect: hf-from-pretrained hf:stabilityai/sdxl-turbo
    # expect: hf-from-pretrained hf:stabilityai/stable-diffusion-xl-base-1.0
    pipe = DiffusionPipeline.from_pretrained(name, vae=vae, torch_dtype=torch.float16, variant="fp16")
    pipe.load_lora_weights("acme-ml/pencil-style", weight_name="pencil.safetensors")  # expect: diffusers-adapter hf:acme-ml/pencil-style
    pipe.load_ip_adapter("h94/IP-Adapter", subfolder="sdxl_models", weight_name="ip-adapter_sdxl.bin")  # expect: diffusers-adapter hf:h94/IP-Adapter
    pipe.load_textual_inversion("sd-concepts-library/cat-toy")  # expect: diffusers-adapter hf:sd-concepts-library/cat-toy
    pipe.scheduler = UniPCMultistepScheduler.from_config(pipe.scheduler.config)
    return pipe


control = ControlNetModel.from_pretrained("lllyasviel/sd-controlnet-canny", subfolder="controlnet")  # expect: hf-from-pretrained hf:lllyasviel/sd-controlnet-canny
controlled = StableDiffusionControlNetPipeline.from_pretrained(
    pretrained_model_name_or_path="acme-ml/stable-diffusion-v1-5",  # expect: hf-from-pretrained hf:acme-ml/stable-diffusion-v1-5@fp16
    controlnet=control,
    revision="fp16",
)
single = StableDiffusionXLPipeline.from_single_file(
    "https://huggingface.co/acme-ml/xl/blob/main/xl.safetensors"  # expect: diffusers-adapter hf:acme-ml/xl@main
)
from_disk = StableDiffusionXLPipeline.from_single_file("./weights/xl.safetensors")
clip = CLIPModel.from_pretrained("openai/clip-vit-base-patch32").eval()  # expect: hf-from-pretrained hf:openai/clip-vit-base-patch32

st.title("Caption and paint")
style = st.selectbox("Model", ["photo/real", "pencil/soft"])
picture = st.file_uploader("A picture", type=["png", "jpg"])
if picture:
    st.write(Captioner()(Image.open(picture)))
    st.image(painter(style == "photo/real")("a cat").images[0])
