import { parseArgs } from "node:util";

import { benchMulticast } from "./bench-multicast.ts";
import { benchPushes } from "./bench-pushes.ts";
import { benchWebhooks } from "./bench-webhooks.ts";
import type { BenchResult } from "./bench-result.ts";

/** `npm run bench -- [name] [--json] [--people N]`: each prints its ratio to a bare baseline from the same run. */
const benches: Readonly<
  Record<
    string,
    (options: { people: number | undefined; log: (line: string) => void }) => Promise<BenchResult>
  >
> = {
  webhooks: benchWebhooks,
  pushes: benchPushes,
  multicast: benchMulticast,
};

const { values, positionals } = parseArgs({
  options: { json: { type: "boolean", default: false }, people: { type: "string" } },
  allowPositionals: true,
});
const names = positionals.length > 0 ? positionals : Object.keys(benches);
const results: BenchResult[] = [];
for (const name of names) {
  const bench = benches[name];
  if (!bench)
    throw new Error(`there is no benchmark ${name}; there are ${Object.keys(benches).join(", ")}`);
  if (!values.json) console.log(`\n${name}`);
  const log = values.json ? () => undefined : (line: string) => console.log(`  ${line}`);
  const result = await bench({
    people: values.people === undefined ? undefined : Number(values.people),
    log,
  });
  results.push(result);
  if (!values.json)
    for (const [label, value] of Object.entries(result.figures))
      console.log(`  ${label.padEnd(44)} ${value}`);
}
if (values.json) console.log(JSON.stringify(results, undefined, 2));
