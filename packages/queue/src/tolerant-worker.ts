import {
  type BackendFactory,
  createRedisBackend,
  type Job,
  type JobJson,
  raw2NextJobData,
  type RedisQueueBackend,
  Worker,
} from "bullmq";
import type { Redis } from "ioredis";

import { mendingOf, type JobHash, type Mending } from "./mend-job.ts";

/**
 * BullMQ drops a job that it cannot read without ending it, so it would come back for ever. Here every job that is taken
 * arrives: data that is not JSON as null, and a hash that does not fit mended, with its fault noted.
 */
export class TolerantWorker extends Worker {
  protected override createJob(json: JobJson, jobId: string): Job {
    try {
      return super.createJob(json, jobId);
    } catch {
      return super.createJob({ ...json, data: "null" }, jobId);
    }
  }

  /** A job whose schedule cannot be gone on with is still a job. */
  protected override async nextJobFromJobData(
    json?: JobJson,
    jobId?: string,
    token?: string,
  ): Promise<Job> {
    const job = await super.nextJobFromJobData(json, jobId, token);
    if (job || !json?.repeatJobKey) return job;
    const { repeatJobKey: _schedule, ...unscheduled } = json;
    return super.nextJobFromJobData(unscheduled, jobId, token);
  }
}

/** What a script answers with the job it took: its hash, its id, and two times. */
type Taken = [hash: unknown, jobId: unknown, ...times: unknown[]];
/** Whose lock the job that was taken has, and which job it is not: the one that ends in the same script. */
interface Taking {
  readonly token: string | undefined;
  readonly not?: string | undefined;
}
const takingScripts = new Set(["moveToActive", "moveToFinished", "moveToDelayed"]);

/** BullMQ's own backend, that mends a job's hash between the script that took it and whoever reads it. */
export const tolerantBackend =
  (redis: Redis): BackendFactory<RedisQueueBackend> =>
  (name, opts, more) => {
    const backend = createRedisBackend(name, opts, more);
    const toKey = (jobId: string): string => backend.toKey(jobId);

    const mend = async (taken: unknown): Promise<unknown> => {
      if (!isTaken(taken)) return taken;
      const [fields, jobId, ...times] = taken;
      const hash = hashOf(fields as string[]);
      const mending = mendingOf(hash);
      if (!mending) return taken;
      await write(redis, toKey(String(jobId)), mending);
      return [Object.entries(mended(hash, mending)).flat(), jobId, ...times];
    };
    /** A script that fails at a hash has moved and locked its job before: it is looked up by the lock. */
    const rescue = async ({ token, not }: Taking): Promise<unknown[] | undefined> => {
      const active = await redis.lrange(toKey("active"), 0, -1);
      if (active.length === 0) return undefined;
      const locks = await redis.mget(active.map((jobId) => `${toKey(jobId)}:lock`));
      const jobId = active.find((id, index) => locks[index] === token && id !== not);
      if (jobId === undefined) return undefined;
      const key = toKey(jobId);
      if ((await redis.type(key)) !== "hash") await redis.del(key);
      const taken = await mend([Object.entries(await redis.hgetall(key)).flat(), jobId, 0, 0]);
      return raw2NextJobData(taken as Parameters<typeof raw2NextJobData>[0]);
    };
    const rescued = async <Value>(
      taking: Taking,
      take: () => Promise<Value>,
      from: (next: unknown[]) => Value,
    ): Promise<Value> => {
      try {
        return await take();
      } catch (error) {
        if (!(error instanceof Error) || error.name !== "ReplyError") throw error;
        const next = await rescue(taking);
        if (!next) throw error;
        return from(next);
      }
    };

    const { execCommand, moveToActive, moveToCompleted, moveToFailed, moveToDelayed } = backend;
    const overrides: Partial<RedisQueueBackend> = {
      execCommand: (...args) => {
        const answer: unknown = execCommand.apply(backend, args);
        return takingScripts.has(args[1]) ? Promise.resolve(answer).then(mend) : answer;
      },
      moveToActive: (...args) =>
        rescued({ token: args[0] }, () => moveToActive.apply(backend, args), asItIs),
      moveToCompleted: (...args) =>
        rescued(
          { token: args[3], not: args[0].id },
          () => moveToCompleted.apply(backend, args),
          finished,
        ),
      moveToFailed: (...args) =>
        rescued(
          { token: args[3], not: args[0].id },
          () => moveToFailed.apply(backend, args),
          finished,
        ),
      moveToDelayed: (...args) =>
        rescued<void | unknown[]>(
          { token: args[3], not: args[0] },
          () => moveToDelayed.apply(backend, args),
          asItIs,
        ),
    };
    return Object.assign(backend, overrides);
  };

const asItIs = (next: unknown[]): unknown[] => next;
const finished = (next: unknown[]) => ({ result: next, finishedOn: Date.now() });

const isTaken = (answer: unknown): answer is Taken =>
  Array.isArray(answer) && Array.isArray(answer[0]) && typeof answer[1] === "string";

const hashOf = (fields: readonly string[]): JobHash => {
  const hash: Record<string, string> = {};
  for (let index = 0; index + 1 < fields.length; index += 2)
    hash[fields[index] ?? ""] = fields[index + 1] ?? "";
  return hash;
};

const mended = (hash: JobHash, { writes }: Mending): JobHash =>
  Object.fromEntries(
    Object.entries({ ...hash, ...writes }).filter(
      (field): field is [string, string] => field[1] !== null,
    ),
  );

const write = async (redis: Redis, key: string, { writes }: Mending): Promise<void> => {
  const multi = redis.multi();
  for (const [field, value] of Object.entries(writes)) {
    if (value === null) multi.hdel(key, field);
    else multi.hset(key, field, value);
  }
  await multi.exec();
};
