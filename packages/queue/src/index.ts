export { checkRedis, RedisUnfitError } from "./check-redis.ts";
export type { DeadLetter } from "./dead-letter.ts";
export { exposeDepths } from "./expose-depths.ts";
export { handlerOf, type JobContext, type JobEnd, type JobHandler } from "./handler-of.ts";
export type { Log, QueueMetrics } from "./log.ts";
export {
  createProducer,
  type Producer,
  type ProducerOptions,
  type QueueDepth,
} from "./producer.ts";
export { queuePrefix } from "./queue-prefix.ts";
export { startSweeper, type Sweeper, type SweeperOptions } from "./sweeper.ts";
export { traceRedis } from "./trace-redis.ts";
export { startWorker, type RunningWorker, type WorkerOptions } from "./worker.ts";
