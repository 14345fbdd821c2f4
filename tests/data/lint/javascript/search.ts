// The search service: embeds in the browser's worker, answers on the server.
import { AutoModelForSequenceClassification, AutoTokenizer, env, pipeline } from "@huggingface/transformers";
import OpenAI from "openai";
import { ChatAnthropic } from "@langchain/anthropic";
import { OpenAIEmbeddings } from "@langchain/openai";

env.allowLocalModels = false;

const RERANKER = "jinaai/jina-reranker-v1-turbo-en";
export const MODELS = {
  embed: "Xenova/all-MiniLM-L6-v2",
  answer: { fast: "gpt-4o-mini-2024-07-18", good: "gpt-4o-2024-11-20" },
} as const;

export async function embed(texts: string[]) {
  const extract = await pipeline("feature-extraction", MODELS.embed, { dtype: "q8" }); // expect: transformers-js hf:Xenova/all-MiniLM-L6-v2
  return extract(texts, { pooling: "mean", normalize: true });
}

export class Reranker {
  private model = AutoModelForSequenceClassification.from_pretrained(RERANKER, { revision: "main" }); // expect: transformers-js hf:jinaai/jina-reranker-v1-turbo-en@main
  private tokenizer = AutoTokenizer.from_pretrained(RERANKER); // expect: transformers-js hf:jinaai/jina-reranker-v1-turbo-en
}

export class Answers {
  private readonly client: OpenAI;

  constructor(private readonly good = false) {
    this.client = new OpenAI({ apiKey: process.env.OPENAI_API_KEY });
  }

  async ask(question: string, model = process.env.ANSWER_MODEL ?? MODELS.answer.fast) {
    const done = await this.client.chat.completions.create({
      // expect: vendor-api api:openai/gpt-4o-mini-2024-07-18
      model,
      messages: [{ role: "user", content: question }],
    });
    const again = await this.client.responses.create({
      // expect: vendor-api api:openai/gpt-4o-2024-11-20
      // expect: vendor-api api:openai/gpt-4o-mini-2024-07-18
      model: this.good ? MODELS.answer.good : MODELS.answer.fast,
      input: question,
    });
    return done ?? again;
  }
}

export const store = new OpenAIEmbeddings({ model: "text-embedding-3-large" }); // expect: vendor-api api:openai/text-embedding-3-large
export const judge = new ChatAnthropic({ modelName: "claude-3-5-haiku-20241022", temperature: 0 }); // expect: vendor-api api:anthropic/claude-3-5-haiku-20241022
