import type { FailureCode } from "@yubin/errors";
import { idFrom, limits } from "@yubin/types";
import type { Job } from "bullmq";

import { isDeeperThan } from "./levels-of.ts";

/** Work that only a person can revive. */
export interface DeadLetter {
  /** The same job gives the same id, so a letter that is written twice is one. */
  readonly id: string;
  /** Null where the payload did not tell. */
  readonly workspaceId: string | null;
  readonly queue: string;
  readonly name: string;
  /** Null when it was too large to be kept. */
  readonly payload: unknown;
  readonly code: FailureCode;
  readonly reason: string;
  readonly at: Date;
}

const nameCharsMax = 200;
const reasonCharsMax = 500;

export const letterOf = (
  job: Job,
  queue: string,
  { code, reason }: { readonly code: FailureCode; readonly reason: string },
): DeadLetter => {
  const data: unknown = job.data;
  const named =
    typeof data === "object" && data !== null && "workspaceId" in data ? data.workspaceId : null;
  return {
    id: letterIdOf(job, queue),
    workspaceId: typeof named === "string" && named.length <= 512 ? named : null,
    queue,
    name: job.name.slice(0, nameCharsMax),
    payload: keepable(data) ? data : null,
    code,
    reason: reason.slice(0, reasonCharsMax),
    at: new Date(),
  };
};

/** With the time: after a loss of Redis, ids that BullMQ counts up by itself come again. */
export const letterIdOf = (job: Job, queue: string): string =>
  idFrom("dead", queue, job.id ?? "", String(job.timestamp));

/**
 * A payload that cannot be printed, or is larger or deeper than any request we take, is not kept: a database may refuse
 * such depths, or fall over them.
 */
const keepable = (data: unknown): boolean => {
  if (isDeeperThan(data, limits.jsonDepth)) return false;
  try {
    return Buffer.byteLength(JSON.stringify(data)) <= limits.apiBodyBytes;
  } catch {
    return false;
  }
};
