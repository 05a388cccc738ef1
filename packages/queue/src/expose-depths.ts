import type { QueueMetrics } from "./log.ts";
import type { Producer } from "./producer.ts";

/** Shows how much waits in each queue, asked for when metrics are read. */
export const exposeDepths = (
  metrics: QueueMetrics,
  producer: Pick<Producer, "depths">,
  queues: readonly string[],
): void => {
  metrics.gauge({
    name: "yubin_queue_jobs",
    help: "Jobs in a queue, by state.",
    labels: ["queue", "state"],
    collect: async (gauge) => {
      for (const { queue, waiting, active, delayed } of await producer.depths(queues)) {
        gauge.set({ queue, state: "waiting" }, waiting);
        gauge.set({ queue, state: "active" }, active);
        gauge.set({ queue, state: "delayed" }, delayed);
      }
    },
  });
};
