// One run of @doublewordai/inference-lab: its requests one by one, and the processor's time.
//
//   node inference_lab.mjs < config.json
//
// It prints one JSON object. The package is found from the working folder.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const NAME = "@doublewordai/inference-lab";

const from = createRequire(pathToFileURL(`${process.cwd()}/`));
const main = from.resolve(NAME);
const { initSync, run_simulation } = await import(pathToFileURL(main).href);
initSync({ module: readFileSync(join(dirname(main), "inference_lab_bg.wasm")) });
const { version } = JSON.parse(readFileSync(join(dirname(main), "package.json"), "utf-8"));

const { rounds, ...config } = JSON.parse(readFileSync(0, "utf-8"));
const text = JSON.stringify(config);
const seconds = [];
let result;
for (let round = 0; round < rounds; round += 1) {
  const before = process.cpuUsage();
  result = run_simulation(text);
  const { user, system } = process.cpuUsage(before);
  seconds.push((user + system) / 1e6);
}
const { latency_samples: samples, distributions, metrics } = result;
// All of these are in the order in which requests end; milliseconds, but the ends are seconds.
const requests = samples.e2e_timestamps.map((end, i) => ({
  end_seconds: end,
  e2e_seconds: samples.e2e_samples[i] / 1000,
  ttft_seconds: samples.ttft_samples[i] / 1000,
  prompt_tokens: distributions.input_lengths[i],
  output_tokens: distributions.output_lengths[i],
}));
console.log(JSON.stringify({ version, node: process.version, seconds, metrics, requests }));
