import { randomBytes } from "node:crypto";

import { describe, expect, it } from "vitest";

import { loadConfig as readSimulatorConfig } from "../../packages/simulator/src/config.ts";
import * as identity from "../../services/identity/src/config.ts";
import * as ingress from "../../services/ingress/src/config.ts";
import * as sender from "../../services/sender/src/config.ts";
import {
  readCompose,
  readExampleEnv,
  readRootFile,
  variablesOfCompose,
  type ComposeService,
} from "./compose-file.ts";

/** What each process reads, and what it makes of an environment. */
const processes = {
  ingress: { names: ingress.settingNames, read: ingress.readConfig },
  identity: { names: identity.settingNames, read: identity.readConfig },
  sender: { names: sender.settingNames, read: sender.readConfig },
  simulator: { names: namesOfSimulator(), read: readSimulatorConfig },
} as const;
const names = Object.keys(processes) as (keyof typeof processes)[];

describe("docker-compose.yml with example.env filled in", async () => {
  const example = await readExampleEnv();
  const secrets = {
    YUBIN_SECRET_KEYS: `k1:${randomBytes(32).toString("base64")}`,
    YUBIN_ADMIN_KEY: `yb_live_${randomBytes(24).toString("hex")}`,
  };
  const services = await readCompose({ ...example.set, ...secrets });
  const serviceOf = (name: string): ComposeService => {
    const service = services[name];
    if (!service) throw new Error(`docker-compose.yml has no service ${name}`);
    return service;
  };

  it("runs every process of ours, and two servers", () => {
    expect(Object.keys(services).sort()).toEqual([...names, "mongo", "redis"].sort());
  });

  it.each(names)("gives %s only settings that it reads, and all that it needs", (name) => {
    const { environment = {}, healthcheck } = serviceOf(name);
    const unread = Object.keys(environment).filter((one) => !processes[name].names.includes(one));
    expect(unread, "settings that nothing reads").toEqual([]);

    const { opsPort } = processes[name].read(environment);
    expect(healthcheck.test.join(" ")).toContain(`http://127.0.0.1:${opsPort}/readyz`);
  });

  it.each(["ingress", "identity", "sender"] as const)("lets %s end by itself", (name) => {
    const { environment = {}, stop_grace_period: grace } = serviceOf(name);
    const { shutdownGraceMs } = processes[name].read(environment);
    expect(grace).toMatch(/^\d+s$/);
    expect(Number.parseInt(grace, 10) * 1_000).toBeGreaterThanOrEqual(shutdownGraceMs + 5_000);
  });

  it("publishes ingress and the stand-in on loopback, and nothing else", () => {
    const published = Object.entries(services).flatMap(([name, { ports = [] }]) =>
      ports.map((port) => `${name} ${port}`),
    );
    const ingressPort = ingress.readConfig(serviceOf("ingress").environment ?? {}).port;
    const { port, host } = readSimulatorConfig(serviceOf("simulator").environment ?? {}).options;
    expect(published).toEqual([
      `ingress 127.0.0.1:8080:${ingressPort}`,
      `simulator 127.0.0.1:8100:${port}`,
    ]);
    expect(host, "a port is only reached where the process listens beyond loopback").toBe(
      "0.0.0.0",
    );
  });

  it("keeps the databases on the network without a way out, with their data in volumes", () => {
    for (const name of ["mongo", "redis"]) {
      expect(serviceOf(name).networks).toEqual(["inside"]);
      expect(serviceOf(name).volumes).not.toEqual([]);
    }
    const redis = serviceOf("redis").command.join(" ");
    expect(redis).toContain("--appendonly yes");
    expect(redis).toContain("--maxmemory-policy noeviction");
  });

  it.each(Object.entries(services))("gives %s no right that it does not need", (_, service) => {
    expect(service).toMatchObject({
      restart: "unless-stopped",
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
      mem_limit: expect.stringMatching(/^\d+[mg]$/) as string,
    });
  });

  it("does not start without its secrets, and says which one is missing", async () => {
    await expect(readCompose(example.set)).rejects.toThrow("YUBIN_SECRET_KEYS is missing in .env");
  });

  it("takes from .env what example.env shows", async () => {
    expect(example.names).toEqual(await variablesOfCompose());
  });
});

it("docs/configuration.md describes every setting, and no other", async () => {
  const rows = (await readRootFile("docs/configuration.md")).matchAll(/^\| `(\w+)` \|/gm);
  const described = [...rows].map(([, name]) => name ?? "").sort();
  const read = new Set([...ingress.settingNames, ...identity.settingNames, ...sender.settingNames]);
  expect(described).toEqual([...read].sort());
});

/** The simulator reads name by name, so that asking for everything tells what there is. */
function namesOfSimulator(): readonly string[] {
  const asked = new Set<string>();
  readSimulatorConfig(
    new Proxy<Record<string, string>>(
      {},
      {
        get: (_, name) => {
          asked.add(String(name));
          return undefined;
        },
      },
    ),
  );
  return [...asked];
}
