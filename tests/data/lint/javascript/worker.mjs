import { InferenceClient } from "@huggingface/inference";
import { downloadFile } from "@huggingface/hub";
import { generateText } from "ai";
import { openai } from "@ai-sdk/openai";
import { google } from "@ai-sdk/google";
import ollama from "ollama";
import * as ort from "onnxruntime-node";

const hf = new InferenceClient(process.env.HF_TOKEN);
await hf.chatCompletion({ model: "Qwen/Qwen2.5-72B-Instruct", messages: [] }); // expect: hf-inference hf:Qwen/Qwen2.5-72B-Instruct
await downloadFile({ repo: "onnx-community/silero-vad", path: "onnx/model.onnx" }); // expect: hf-download hf:onnx-community/silero-vad
await downloadFile({ repo: { type: "dataset", name: "acme/queries" }, path: "train.jsonl" });
await generateText({ model: openai("gpt-4.1-mini"), prompt: "hello" }); // expect: vendor-api api:openai/gpt-4.1-mini
await generateText({ model: google("gemini-2.0-flash-001"), prompt: "hello" }); // expect: vendor-api api:google/gemini-2.0-flash-001
await ollama.pull({ model: "nomic-embed-text" }); // expect: ollama ollama:nomic-embed-text
const name = process.argv[2];
await ollama.chat({ model: name, messages: [] }); // expect: ollama ollama:?
const weights = await fetch("https://huggingface.co/acme/segment/resolve/v1.2/model.onnx"); // expect: download hf:acme/segment@v1.2
const local = await ort.InferenceSession.create("./weights/segment.onnx");
export { weights, local };
