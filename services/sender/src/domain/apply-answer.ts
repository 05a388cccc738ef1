import {
  endAll,
  lineUserIdsIn,
  replaceCall,
  settle,
  type Batch,
  type Call,
  type End,
} from "./batch.ts";
import { splitCall } from "./freeze-calls.ts";
import type { Answer } from "./line-answer.ts";

export interface Moment {
  readonly now: Date;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Whether this was the first time that the call was made. */
  readonly first: boolean;
}

/**
 * The batch after LINE's answer to one of its calls. A call goes when its people have ends; one whose outcome is open,
 * or that LINE did not look at, stays as it is, bytes and key included.
 */
export const applyAnswer = (batch: Batch, call: Call, answer: Answer, moment: Moment): Batch => {
  switch (answer.kind) {
    case "accepted":
      return replaceCall(accept(batch, call, answer, moment.now), call.path);
    case "refused":
      return refuse(batch, call, answer, moment.now);
    case "unknown": {
      // We ourselves hung up, which says nothing about LINE.
      const attempts = call.attempts + (answer.reason === "aborted" ? 0 : 1);
      return postpone(batch, { ...call, attempts }, backOffMs(attempts, moment), moment.now);
    }
    case "rate_limited":
      return postpone(batch, call, restMs(call, moment.now), moment.now);
    case "quota_exhausted":
    case "unauthorized":
    case "forbidden":
      // LINE cannot have it, and it may be days until it is asked again: by then much is different about its people.
      return moment.first
        ? { ...replaceCall(batch, call.path), generation: batch.generation + 1 }
        : batch;
    default:
      throw new Error(`no such answer: ${String(answer satisfies never)}`);
  }
};

/** How long a channel is left alone after LINE said it is too fast. */
export const slowDownMs = 1_000;
const slowDownMaxMs = 60_000;
const backOffFirstMs = 1_000;
const backOffMaxMs = 300_000;

const backOffMs = (attempts: number, { random }: Moment): number =>
  attempts === 0
    ? 0
    : Math.min(backOffFirstMs * 2 ** (attempts - 1), backOffMaxMs) * (0.5 + random() / 2);

/** As long again as it has waited: LINE also means by this that one person gets too much, which lasts. */
const restMs = ({ firstAttemptAt }: Call, now: Date): number =>
  Math.min(Math.max(now.getTime() - firstAttemptAt.getTime(), slowDownMs), slowDownMaxMs);

const postpone = (batch: Batch, call: Call, ms: number, now: Date): Batch =>
  replaceCall(batch, call.path, { ...call, nextAt: new Date(now.getTime() + Math.round(ms)) });

const accept = (
  batch: Batch,
  call: Call,
  answer: Extract<Answer, { kind: "accepted" }>,
  now: Date,
): Batch =>
  endCall(batch, call, {
    outcome: "accepted",
    settledAt: now,
    ...(answer.requestId === null ? {} : { lineRequestId: answer.requestId }),
    ...(answer.sentMessageIds.length === 0 ? {} : { messageIds: [...answer.sentMessageIds] }),
  });

/** Ends everyone of a call, with what was frozen in it. */
export const endCall = (batch: Batch, call: Call, end: End): Batch => {
  const ids = lineUserIdsIn(call);
  const { firstAttemptAt } = call;
  return settle(
    batch,
    new Map(
      call.members.map((index, place) => {
        const lineUserId = ids[place];
        return [
          index,
          { ...end, firstAttemptAt, ...(lineUserId === undefined ? {} : { lineUserId }) },
        ];
      }),
    ),
  );
};

/**
 * Nobody of a refused multicast got anything. Where LINE names the one it does not like, the others go again without
 * them; where it does not like the message, nobody gets it; otherwise halves go again until the culprits are alone.
 */
const refuse = (
  batch: Batch,
  call: Call,
  answer: Extract<Answer, { kind: "refused" }>,
  now: Date,
): Batch => {
  const end: End = { outcome: "refused", reason: `line_${answer.status}`, settledAt: now };
  const complaint = `${answer.property ?? ""} ${answer.message}`;
  const one = call.members.length === 1;
  if (one || answer.status !== 400 || /\bmessages?\[/.test(complaint))
    return replaceCall(endCall(batch, call, end), call.path);

  const places = call.members.map((_, place) => place);
  const split = (suffix: string, some: readonly number[]): Call =>
    splitCall(batch, call, { suffix, places: some, now });
  const named = Number(/\bto\[(\d+)\]/.exec(complaint)?.[1] ?? -1);
  const culprit = call.members[named];
  if (culprit !== undefined) {
    const lineUserId = lineUserIdsIn(call)[named];
    const refused = endAll(batch, [culprit], {
      ...end,
      firstAttemptAt: call.firstAttemptAt,
      ...(lineUserId === undefined ? {} : { lineUserId }),
    });
    return replaceCall(
      refused,
      call.path,
      split(
        "x",
        places.filter((place) => place !== named),
      ),
    );
  }
  const half = Math.ceil(places.length / 2);
  return replaceCall(
    batch,
    call.path,
    split("0", places.slice(0, half)),
    split("1", places.slice(half)),
  );
};
