import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { startServers } from "@yubin/servers";

import { keptSecrets } from "../stack/secrets.ts";
import { startStack } from "../stack/stack.ts";
import { withDatabase } from "../stack/with-database.ts";
import { misused } from "../stack/misused.ts";
import { createScreen } from "./screen.ts";

/**
 * `npm start [-- --port N --simulator-port N --data DIR]`: the local stack until Ctrl-C. Its data stays in the folder,
 * `.yubin/` by default, and is there the next time.
 */
const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8080" },
    "simulator-port": { type: "string", default: "8100" },
    data: { type: "string", default: join(import.meta.dirname, "../../.yubin") },
  },
});
const screen = createScreen();
const home = resolve(values.data);
const ports = { ingress: portOf(values.port), simulator: portOf(values["simulator-port"]) };

let interrupted = false;
await using opened = new AsyncDisposableStack();
screen.chapter("Servers start");
await mkdir(home, { recursive: true });
const servers = await startServers({ dataDir: join(home, "data"), log: screen.line });
opened.defer(() => servers.stop());
screen.line(
  `MongoDB protocol: ${servers.mongo.name} · Redis protocol: ${servers.redis.name} ${servers.redis.version}`,
);

screen.chapter("Simulator and services start");
const stack = await startStack({
  mongoUrl: withDatabase(servers.mongo.url, "yubin"),
  redisUrl: servers.redis.url,
  logDir: join(home, "logs"),
  ports,
  secrets: await keptSecrets(join(home, "secrets.json")),
});
opened.defer(() => stack.stop());

screen.chapter("Yubin is up");
screen.table([
  ["API", stack.ingressUrls[0] ?? ""],
  ["API key", stack.apiKey],
  ["LINE stand-in", `${stack.simulatorUrl} (its levers: packages/simulator/README.md)`],
  ["MongoDB", servers.mongo.url],
  ["Redis", servers.redis.url],
  ["logs", join(home, "logs")],
]);
screen.line("Ctrl-C stops it; the data stays.");
screen.chapter(`Stopping: ${await untilOver()}`);
process.exitCode = interrupted ? 0 : 1;

/** Nothing else keeps this process: the services and servers are not to outlive it, so they do not count. */
function untilOver(): Promise<string> {
  const { promise, resolve: over } = Promise.withResolvers<string>();
  const beat = setInterval(() => undefined, 60_000);
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      interrupted = true;
      over(signal);
    });
  for (const { name, ended } of Object.values(stack.running).flat())
    void ended.then(() =>
      over(`${name} has ended by itself; ${join(home, "logs", name)}.log says why`),
    );
  return promise.finally(() => clearInterval(beat));
}

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) return misused(`not a port: ${text}`);
  return port;
}
