import { inspect, isDeepStrictEqual, parseArgs } from "node:util";

import { misused } from "../stack/misused.ts";
import { runPeople } from "./run-people.ts";
import { runRaces } from "./run-races.ts";
import { allFaults, runSends } from "./run-sends.ts";
import { runWebhooks } from "./run-webhooks.ts";

/**
 * `npm run chaos -- --kills N --messages N --seed N`, `-- people --kills N --ops N --seed N` for who is who, or
 * `-- races --races N --seed N` for what is committed under a message that is being sent: breaks things on purpose and
 * counts; exits 1 on a broken promise.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: "string", default: "30" },
    messages: { type: "string", default: "2000" },
    events: { type: "string", default: "1000" },
    ops: { type: "string", default: "10000" },
    races: { type: "string", default: "10000" },
    ids: { type: "string", default: "1000" },
    flushes: { type: "string", default: "1" },
    "mongo-kills": { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) return misused(`not a count: ${text}`);
  return value;
};
const common = {
  seed: number(values.seed),
  kills: number(values.kills),
  flushes: number(values.flushes),
  mongoKills: number(values["mongo-kills"]),
  timeoutMs: 3_600_000,
  log: (line: string): void => console.log(`  ${line}`),
};

/** With a third of all calls going wrong, a message that is repeated until it is known takes 1.43 on average. */
const callsPerMessageMax = 1.6;

console.log(`seed ${common.seed} (repeat with --seed ${common.seed})`);
if (positionals[0] === "people") await people();
else if (positionals[0] === "races") await races();
else await messages();

async function people(): Promise<void> {
  const report = await runPeople({
    ...common,
    timeoutMs: 1_800_000,
    operations: number(values.ops),
    ids: number(values.ids),
  });
  print(report);
  verdict(report.broken);
}

async function races(): Promise<void> {
  const report = await runRaces({ ...common, races: number(values.races) });
  print(report);
  const { duplicates, broken, ...kinds } = report;
  verdict([
    ...broken,
    ...Object.entries(kinds).flatMap(([kind, { late }]) =>
      late > 0 ? [`${late} attempts began after a commit: ${kind}`] : [],
    ),
    ...(duplicates > 0 ? ["a person was sent the same message twice"] : []),
  ]);
}

async function messages(): Promise<void> {
  console.log("webhooks in");
  const events = number(values.events);
  const webhooks = await runWebhooks({
    ...common,
    events,
    people: Math.max(1, Math.floor(events / 5)),
    kills: Math.min(common.kills, 10),
  });
  print(webhooks);

  console.log("sends out");
  const sends = await runSends({ ...common, messages: number(values.messages), faults: allFaults });
  print(sends);

  const broken = [
    webhooks.lost > 0 && "a webhook event answered 2xx is lost",
    webhooks.rows !== webhooks.events && "a webhook event is stored twice",
    webhooks.applied !== webhooks.events && "a webhook event is not applied",
    webhooks.wrongFriendships > 0 && "a friendship is not the newest event's",
    sends.lost > 0 && "a person was sent nothing",
    sends.duplicates > 0 && "a person was sent the same message twice",
    sends.sameKeyOtherBody > 0 && "a retry key came with other bytes",
    !isDeepStrictEqual(sends.counted, sends.recounted) && "a counter differs from its recount",
    !isDeepStrictEqual(sends.series, sends.recountedSeries) &&
      "what ended over time differs from its recount",
    sends.totals.audience !== sends.totals.accepted && "somebody's outcome is not accepted",
    sends.callsPerMessage > callsPerMessageMax &&
      `more than ${callsPerMessageMax} calls were made per message`,
  ].filter((line) => line !== false);

  verdict(broken);
}

/** Whole: counts by variant are what a recount is held against. */
function print(report: object): void {
  console.log(inspect(report, { depth: null }));
}

function verdict(broken: readonly string[]): void {
  for (const line of broken) console.log(`BROKEN: ${line}`);
  if (broken.length === 0) console.log("every promise held");
  process.exitCode = broken.length === 0 ? 0 : 1;
}
