import { mkdir } from "node:fs/promises";

import { freePort } from "@yubin/servers";

import { startNode, type NodeProcess } from "./node-process.ts";
import { newSecrets, type StackSecrets } from "./secrets.ts";

export type ServiceName = "ingress" | "identity" | "sender";

export interface StackOptions {
  readonly mongoUrl: string;
  readonly redisUrl: string;
  readonly logDir: string;
  readonly replicas?: Partial<Record<ServiceName, number>>;
  /** For every service, on top of what they all need. */
  readonly env?: Readonly<Record<string, string>>;
  readonly simulatorEnv?: Readonly<Record<string, string>>;
  /** A simulator that runs already, in this process for example; otherwise one is started as a process. */
  readonly simulatorUrl?: string;
  /** Those of an earlier start, where the data is kept; made up otherwise. */
  readonly secrets?: StackSecrets;
  /** Fixed ports, for people; tests take free ones. */
  readonly ports?: { readonly ingress?: number; readonly simulator?: number };
}

export interface Instead {
  /** Path from the repository's root. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Yubin as processes on this machine, with the simulator in LINE's place. */
export interface Stack {
  readonly simulatorUrl: string;
  /** One per ingress replica; the first is PUBLIC_URL. */
  readonly ingressUrls: readonly string[];
  readonly apiKey: string;
  /** Undefined where it runs elsewhere. */
  readonly simulator: NodeProcess | undefined;
  readonly running: Readonly<Record<ServiceName, readonly NodeProcess[]>>;
  /** Another replica of a service, or something that stands in for one. */
  add(service: ServiceName, instead?: Instead): Promise<NodeProcess>;
  stop(): Promise<void>;
}

export const startStack = async (options: StackOptions): Promise<Stack> => {
  await mkdir(options.logDir, { recursive: true });
  const simulatorPort = options.ports?.simulator ?? (await freePort());
  const simulatorUrl = options.simulatorUrl ?? `http://127.0.0.1:${simulatorPort}`;
  const ingressPort = options.ports?.ingress ?? (await freePort());
  const secrets = options.secrets ?? newSecrets();
  const all: NodeProcess[] = [];
  const running: Record<ServiceName, NodeProcess[]> = { ingress: [], identity: [], sender: [] };
  const ingressUrls: string[] = [];
  let simulator: NodeProcess | undefined;
  const started: Record<ServiceName, number> = { ingress: 0, identity: 0, sender: 0 };

  const shared = {
    MONGODB_URL: options.mongoUrl,
    REDIS_URL: options.redisUrl,
    PUBLIC_URL: `http://127.0.0.1:${ingressPort}`,
    YUBIN_SECRET_KEYS: secrets.secretKeys,
    YUBIN_ADMIN_KEY: secrets.adminKey,
    LINE_API_BASE_URL: simulatorUrl,
    LINE_ACCESS_BASE_URL: simulatorUrl,
    LINE_DATA_API_BASE_URL: simulatorUrl,
    LOG_LEVEL: "info",
    ...options.env,
  };

  const add = async (service: ServiceName, instead?: Instead): Promise<NodeProcess> => {
    started[service] += 1;
    const name = `${service}-${started[service]}`;
    const opsPort = await freePort();
    const port = service === "ingress" && ingressUrls.length === 0 ? ingressPort : await freePort();
    if (service === "ingress") ingressUrls.push(`http://127.0.0.1:${port}`);
    const replica = await startNode({
      name,
      entry: instead?.entry ?? `services/${service}/src/main.ts`,
      env: { ...shared, OPS_PORT: String(opsPort), PORT: String(port), ...instead?.env },
      logDir: options.logDir,
      readyUrl: `http://127.0.0.1:${opsPort}/readyz`,
    });
    running[service].push(replica);
    all.push(replica);
    return replica;
  };

  const stop = async (): Promise<void> => {
    await Promise.all(all.filter((one) => one.isRunning).map((one) => one.stop()));
  };

  try {
    if (options.simulatorUrl === undefined) {
      simulator = await startSimulator(options, simulatorPort);
      all.push(simulator);
    }
    const replicas = Object.entries({ ingress: 1, identity: 1, sender: 1, ...options.replicas });
    await Promise.all(
      replicas.flatMap(([service, count]) =>
        Array.from({ length: count }, () => add(service as ServiceName)),
      ),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { simulatorUrl, simulator, ingressUrls, apiKey: secrets.adminKey, running, add, stop };
};

const startSimulator = (
  { logDir, simulatorEnv }: StackOptions,
  port: number,
): Promise<NodeProcess> =>
  startNode({
    name: "simulator",
    entry: "packages/simulator/src/main.ts",
    env: { PORT: String(port), ...simulatorEnv },
    logDir,
    readyUrl: `http://127.0.0.1:${port}`,
  });
