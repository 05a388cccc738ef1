import { parseArgs } from "node:util";

import { misused } from "../stack/misused.ts";
import { benchIdentity } from "./bench-identity.ts";
import { benchLatency } from "./bench-latency.ts";
import { benchMulticast } from "./bench-multicast.ts";
import { benchPace } from "./bench-pace.ts";
import { benchPushes } from "./bench-pushes.ts";
import { benchWebhooks } from "./bench-webhooks.ts";
import type { BenchOptions, BenchResult } from "./bench-result.ts";

/**
 * `npm run bench -- [name] [--json] [--people N] [--profile DIR]`: each prints its ratio to a bare baseline from the same
 * run. With a folder, every process leaves a processor profile in it for the browser's developer tools.
 */
const benches: Readonly<Record<string, (options: BenchOptions) => Promise<BenchResult>>> = {
  webhooks: benchWebhooks,
  pushes: benchPushes,
  multicast: benchMulticast,
  identity: benchIdentity,
  pace: benchPace,
  latency: benchLatency,
};

const { values, positionals } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    people: { type: "string" },
    profile: { type: "string" },
  },
  allowPositionals: true,
});
const names = positionals.length > 0 ? positionals : Object.keys(benches);
const results: BenchResult[] = [];
for (const name of names) {
  const bench =
    benches[name] ??
    misused(`there is no benchmark ${name}; there are ${Object.keys(benches).join(", ")}`);
  if (!values.json) console.log(`\n${name}`);
  const log = values.json ? () => undefined : (line: string) => console.log(`  ${line}`);
  const result = await bench({
    people: values.people === undefined ? undefined : Number(values.people),
    log,
    profileDir: values.profile,
  });
  results.push(result);
  if (!values.json)
    for (const [label, value] of Object.entries(result.figures))
      console.log(`  ${label.padEnd(44)} ${value}`);
}
if (values.json) console.log(JSON.stringify(results, undefined, 2));
