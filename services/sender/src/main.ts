import { configOrExit, createLogger, runService } from "@yubin/kit";
import { useLineDispatcher } from "@yubin/line";
import { checkRedis } from "@yubin/queue";

import { readConfig } from "./config.ts";
import { startSender } from "./start.ts";

const config = configOrExit(() => readConfig(process.env));
const log = createLogger({ service: "sender", level: config.logLevel });

await runService({
  log,
  graceMs: config.shutdownGraceMs,
  start: async (resources, signal) => {
    const dispatcher = useLineDispatcher();
    resources.defer(() => dispatcher.close());
    await checkRedis(config.redisUrl);
    await startSender({ config, log, resources, signal });
  },
});
