// What public JavaScript clients do with the server, each with its own defaults.
//
//   node client_checks.mjs CLIENT ADDRESS
//
// It prints one JSON object, as client_checks.py does. Modules are found from the working folder.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const MODEL = "smollm2-135m";
const KEY = "none";
const QUESTION = "Name a person and their age, as JSON.";
const WEATHER = "What is the weather in Paris? Call the tool.";
const PERSON = {
  type: "object",
  properties: { name: { type: "string", maxLength: 40 }, age: { type: "integer" } },
  required: ["name", "age"],
  additionalProperties: false,
};
const CITY = {
  type: "object",
  properties: { city: { type: "string", maxLength: 40 } },
  required: ["city"],
  additionalProperties: false,
};

const from = createRequire(pathToFileURL(`${process.cwd()}/`));
const load = (name) => import(pathToFileURL(from.resolve(name)).href);

function need(condition, message) {
  if (!condition) throw new Error(message);
}

async function openai(url) {
  const { default: OpenAI } = await load("openai");
  const client = new OpenAI({ baseURL: url, apiKey: KEY });
  const messages = [{ role: "user", content: QUESTION }];
  const usual = { model: MODEL, messages, max_tokens: 120 };
  return {
    chat: async () => {
      const answer = await client.chat.completions.create(usual);
      need(answer.choices[0].message.content, "an empty text");
    },
    stream: async () => {
      let text = "";
      for await (const chunk of await client.chat.completions.create({ ...usual, stream: true })) {
        text += chunk.choices[0]?.delta?.content ?? "";
      }
      need(text, "an empty text");
    },
    schema: async () => {
      const json_schema = { name: "person", schema: PERSON, strict: true };
      const response_format = { type: "json_schema", json_schema };
      const answer = await client.chat.completions.create({ ...usual, response_format });
      need(typeof JSON.parse(answer.choices[0].message.content).age === "number", "no age");
    },
    "tools, streamed": async () => {
      const tools = [{ type: "function", function: { name: "get_weather", parameters: CITY } }];
      const asked = { ...usual, messages: [{ role: "user", content: WEATHER }], tools };
      const runner = client.chat.completions.stream({ ...asked, tool_choice: "required" });
      const { message } = (await runner.finalChatCompletion()).choices[0];
      need("city" in JSON.parse(message.tool_calls[0].function.arguments), "no city");
    },
  };
}

async function vercel(url) {
  const { generateText, streamText, tool, jsonSchema, Output } = await load("ai");
  const { createOpenAICompatible } = await load("@ai-sdk/openai-compatible");
  const made = { name: "tokenworks", baseURL: url, apiKey: KEY, supportsStructuredOutputs: true };
  const model = createOpenAICompatible(made)(MODEL);
  const usual = { model, prompt: QUESTION, maxRetries: 0 };
  return {
    chat: async () => need((await generateText(usual)).text, "an empty text"),
    stream: async () => {
      let text = "";
      for await (const part of streamText(usual).textStream) text += part;
      need(text, "an empty text");
    },
    schema: async () => {
      const output = Output.object({ schema: jsonSchema(PERSON) });
      const found = await generateText({ ...usual, output });
      need(typeof found.output.age === "number", "no age");
    },
    tools: async () => {
      const weather = tool({ description: "Of a city.", inputSchema: jsonSchema(CITY) });
      const asked = { ...usual, prompt: WEATHER, tools: { weather }, toolChoice: "required" };
      const { toolCalls } = await generateText(asked);
      need("city" in toolCalls[0].input, "no city");
    },
  };
}

const [name, url] = process.argv.slice(2);
const found = {};
for (const [feature, check] of Object.entries(await { openai, ai: vercel }[name](url))) {
  try {
    await check();
    found[feature] = "ok";
  } catch (error) {
    found[feature] = `${error.name}: ${String(error.message).slice(0, 300)}`;
  }
}
console.log(JSON.stringify(found));
