// Models of a shop and of cars: none of them is one of ours.
const { pipeline } = require("node:stream/promises");
const mongoose = require("mongoose");
const OpenAI = require("openai");

const Car = mongoose.model("Car", { model: String, maker: String });
const beetle = new Car({ model: "volkswagen/beetle", maker: "VW" });
await pipeline(process.stdin, process.stdout);
class Catalogue {
  static from_pretrained(name) {
    return new Catalogue(name);
  }
}
const shelf = Catalogue.from_pretrained("acme/shelf");
await fetch("https://huggingface.co/docs/transformers.js/index");
await fetch("/api/models/acme/one/resolve/main/readme");
const text = 'client.chat.completions.create({ model: "gpt-4o" })';
const price = new OpenAI().files.create({ purpose: "batch", model: "gpt-4o" });
module.exports = { beetle, shelf, text, price };
