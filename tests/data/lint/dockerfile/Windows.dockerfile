# escape=`
FROM python:3.11
# expect+2: hf-download hf:org/windows
RUN pip install huggingface_hub; `
    hf download org/windows
