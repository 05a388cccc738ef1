import { configOrExit, createLogger, runService } from "@yubin/kit";
import { useLineDispatcher } from "@yubin/line";
import { checkRedis } from "@yubin/queue";

import { readConfig } from "./config.ts";
import { startIngress } from "./start.ts";

const config = configOrExit(() => readConfig(process.env));
const log = createLogger({ service: "ingress", level: config.logLevel });

await runService({
  log,
  graceMs: config.shutdownGraceMs,
  start: async (resources, signal) => {
    useLineDispatcher();
    await checkRedis(config.redisUrl);
    await startIngress({ config, log, resources, signal });
  },
});
