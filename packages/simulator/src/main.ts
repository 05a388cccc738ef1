import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { loadConfig } from "./config.ts";
import { createSimulator } from "./simulator.ts";

const config = loadConfig(process.env);
const simulator = createSimulator(config.options);
await simulator.start();
const ops = config.opsPort === undefined ? undefined : await openOps(config.opsPort);
process.stdout.write(`LINE stand-in on ${simulator.url}, levers under /_sim/\n`);

await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
ops?.close();
ops?.closeAllConnections();
await simulator.stop();

async function openOps(port: number): Promise<Server> {
  const server = createServer((req, res) => {
    const healthy = req.url === "/healthz" || req.url === "/readyz";
    res.writeHead(healthy ? 200 : 404, { "content-type": "application/json" });
    res.end(JSON.stringify({ status: healthy ? "ok" : "not found" }));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}
