import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { startServers } from "@yubin/servers";

import { keptSecrets } from "../stack/secrets.ts";
import { startStack } from "../stack/stack.ts";
import { withDatabase } from "../stack/with-database.ts";
import { createScreen } from "./screen.ts";

/** `npm start`: the local stack until Ctrl-C. Its data stays in `.yubin/` and is there the next time. */
const screen = createScreen();
const home = join(import.meta.dirname, "../../.yubin");
const ports = { ingress: 8_080, simulator: 8_100 };

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
await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
screen.chapter("Stopping");
