import { channel } from "node:diagnostics_channel";

/** What ioredis says of a command; the same object at its start and at its end. */
interface Traced {
  readonly command: string;
  startedAt?: number;
}

/** These wait for work to come, not for Redis. */
const waitsForWork = /^(?:bzpop|bzmpop|blpop|brpop|blmove|xread)/i;

/** Tells how long each Redis command of this process took, from the call to its answer, until it is closed. */
export const traceRedis = (onCommand: (ms: number) => void): { close(): void } => {
  const start = (traced: unknown): void => {
    (traced as Traced).startedAt = performance.now();
  };
  const end = (traced: unknown): void => {
    const { command, startedAt } = traced as Traced;
    if (startedAt !== undefined && !waitsForWork.test(command))
      onCommand(performance.now() - startedAt);
  };
  const [starts, ends] = [
    channel("tracing:ioredis:command:start"),
    channel("tracing:ioredis:command:asyncStart"),
  ];
  starts.subscribe(start);
  ends.subscribe(end);
  return {
    close: () => {
      starts.unsubscribe(start);
      ends.unsubscribe(end);
    },
  };
};
