import type { Logger } from "./logger.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { startOpsServer } from "./ops-server.ts";
import { createReadiness, type Readiness } from "./readiness.ts";
import { createWaitClock, type WaitClock } from "./wait-clock.ts";

export interface OpenOpsOptions {
  readonly service: string;
  readonly config: { readonly opsPort: number; readonly opsHost: string };
  readonly log: Logger;
  /** Closes the server with everything else, last. */
  readonly resources: AsyncDisposableStack;
}

/** What a process says about itself. */
export interface Ops {
  readonly port: number;
  readonly metrics: Metrics;
  readonly waited: WaitClock;
  /** From now on `/readyz` asks this; before, a process is alive and not ready. */
  started(ready: () => Promise<Readiness[]>): void;
}

/** Opens the private port. Call it first: a process that waits for MongoDB is alive, and a probe must see it. */
export const openOps = async ({
  service,
  config,
  log,
  resources,
}: OpenOpsOptions): Promise<Ops> => {
  const metrics = createMetrics(service);
  let ready = notStarted;
  const server = await startOpsServer({
    port: config.opsPort,
    host: config.opsHost,
    metrics,
    ready: () => ready(),
    log,
  });
  resources.defer(() => server.close());
  return {
    port: server.port,
    metrics,
    waited: createWaitClock(metrics),
    started: (checks) => {
      ready = checks;
      log.info({ opsPort: server.port }, "started");
    },
  };
};

const notStarted = createReadiness({ start: () => Promise.reject(new Error("starting")) });
