import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startServers } from "@yubin/servers";

import { createApi } from "../stack/api.ts";
import { startStack } from "../stack/stack.ts";
import { withDatabase } from "../stack/with-database.ts";
import { createLineLevers } from "./line-levers.ts";
import { createScreen } from "./screen.ts";
import { tellStory, type StoryWorld } from "./story.ts";
import { disagreements, showTable } from "./verdict.ts";

/**
 * `npm run demo`: the whole story on this machine; or, with YUBIN_URL, SIMULATOR_URL and YUBIN_ADMIN_KEY set, against a
 * stack that runs already.
 */
const numbers = { people: 3_000, identified: 300, blocked: 120 };
const screen = createScreen();

const localWorld = async (opened: AsyncDisposableStack): Promise<StoryWorld> => {
  screen.chapter("Servers, simulator and services start");
  const servers = await startServers({ log: screen.line });
  opened.defer(() => servers.stop());
  screen.line(
    `MongoDB protocol: ${servers.mongo.name} · Redis protocol: ${servers.redis.name} ${servers.redis.version}`,
  );

  const logDir = await mkdtemp(join(tmpdir(), "yubin-demo-"));
  const stack = await startStack({
    mongoUrl: withDatabase(servers.mongo.url, "yubin"),
    redisUrl: servers.redis.url,
    logDir,
    replicas: { ingress: 1, identity: 1, sender: 2 },
  });
  opened.defer(() => stack.stop());
  screen.line(
    `ingress ${stack.ingressUrls[0]} · LINE stand-in ${stack.simulatorUrl} · logs in ${logDir}`,
  );

  return {
    api: createApi(stack.ingressUrls[0] ?? "", stack.apiKey),
    line: createLineLevers(stack.simulatorUrl),
    screen,
    replaceSender: async () => {
      const victim = stack.running.sender.find((one) => one.isRunning);
      if (!victim) throw new Error("no sender runs");
      await victim.kill9();
      const next = await stack.add("sender");
      return `${victim.name} was killed; ${next.name} took over`;
    },
  };
};

const givenWorld = (yubinUrl: string): StoryWorld => {
  const { SIMULATOR_URL: simulatorUrl, YUBIN_ADMIN_KEY: apiKey } = process.env;
  if (!simulatorUrl || !apiKey)
    throw new Error("with YUBIN_URL, set SIMULATOR_URL and YUBIN_ADMIN_KEY too");
  screen.chapter(`The stack at ${yubinUrl} is used as it runs`);
  return {
    api: createApi(yubinUrl, apiKey),
    line: createLineLevers(simulatorUrl),
    screen,
    replaceSender: undefined,
  };
};

await using opened = new AsyncDisposableStack();
const { YUBIN_URL: yubinUrl } = process.env;
const world = yubinUrl ? givenWorld(yubinUrl) : await localWorld(opened);
const end = await tellStory(world, numbers);

screen.chapter("The end");
showTable(screen, end);
const wrong = disagreements(end);
for (const line of wrong) screen.line(`DISAGREES: ${line}`);
screen.line(
  wrong.length === 0 ? "Every number agrees with LINE's ledger." : "The numbers do not agree.",
);
process.exitCode = wrong.length === 0 ? 0 : 1;
