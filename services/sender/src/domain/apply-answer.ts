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

/** The batch after LINE's answers to some of its calls; what was accepted, as nearly all is, goes in one step. */
export const applyAnswers = (
  batch: Batch,
  answers: readonly { readonly call: Call; readonly answer: Answer; readonly first: boolean }[],
  moment: Omit<Moment, "first">,
): Batch => {
  const accepted: (readonly [Call, End])[] = [];
  const others: (typeof answers)[number][] = [];
  for (const one of answers) {
    const { call, answer } = one;
    if (answer.kind === "accepted") accepted.push([call, acceptance(answer, moment.now)]);
    else others.push(one);
  }
  return others.reduce(
    (rest, { call, answer, first }) => applyAnswer(rest, call, answer, { ...moment, first }),
    endCalls(batch, accepted),
  );
};

/**
 * The batch after LINE's answer to one of its calls. A call goes when its people have ends; one whose outcome is open,
 * or that LINE did not look at, stays as it is, bytes and key included.
 */
export const applyAnswer = (batch: Batch, call: Call, answer: Answer, moment: Moment): Batch => {
  switch (answer.kind) {
    case "accepted":
      return endCalls(batch, [[call, acceptance(answer, moment.now)]]);
    case "refused":
      return call.method === "reply"
        ? refuseReply(batch, call, moment)
        : refuse(batch, call, answer, moment.now);
    case "unknown": {
      // Without a connection LINE cannot have it, and what a reply can wait for is short.
      if (call.method === "reply" && moment.first && answer.reason === "unreachable")
        return letRest(takeBack(batch, call), call, moment);
      // We ourselves hung up, which says nothing about LINE.
      const attempts = call.attempts + (answer.reason === "aborted" ? 0 : 1);
      return postpone(batch, { ...call, attempts }, backOffMs(attempts, moment), moment.now);
    }
    case "rate_limited":
      return moment.first
        ? letRest(takeBack(batch, call), call, moment)
        : postpone(batch, call, restMs(call, moment.now), moment.now);
    case "not_made":
    case "quota_exhausted":
    case "unauthorized":
    case "forbidden":
      return moment.first ? takeBack(batch, call) : batch;
    default:
      throw new Error(`no such answer: ${String(answer satisfies never)}`);
  }
};

/**
 * Of a call that was made for the first time: LINE cannot have it, and it may be long until it is asked again. By then
 * something may be different about its people, so they are looked at anew. Whether LINE has a call that somebody made
 * before, and perhaps died over, is only known by asking with the same key.
 */
const takeBack = (batch: Batch, call: Call): Batch => ({
  ...replaceCall(batch, call.path),
  generation: batch.generation + 1,
});

/**
 * A first refusal is sure: nobody got it, and it goes as a push. After an attempt whose end is not known it may as well
 * mean that LINE has taken the token, so that a push could be the second message.
 */
const refuseReply = (batch: Batch, call: Call, { first, now }: Moment): Batch =>
  first
    ? { ...takeBack(batch, call), replyRefused: true }
    : endCalls(batch, [[call, replyUnknown(now)]]);

/** How a reply ends of which nobody can say whether LINE has it. */
export const replyUnknown = (now: Date): End => ({
  outcome: "unknown",
  reason: "reply_unknown",
  settledAt: now,
});

/** Longer each time, and by chance, so that not all come back at once. */
const letRest = (batch: Batch, { method, members }: Call, { now, random }: Moment): Batch => {
  const index = method === "multicast" ? null : (members[0] ?? null);
  const others = batch.rests.filter((one) => one.index !== index);
  const before = batch.rests.find((one) => one.index === index);
  // Several multicasts that were made together were too fast together.
  const times = before && before.until > now ? before.times : 1 + (before?.times ?? 0);
  const ms = Math.min(slowDownMs * 2 ** (times - 1), slowDownMaxMs) * (0.5 + random());
  const until = new Date(now.getTime() + Math.round(ms));
  return { ...batch, rests: [...others, { index, times, until }] };
};

/** How long a channel is left alone after LINE said it is too fast. */
const slowDownMs = 1_000;
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

const postpone = (batch: Batch, call: Call, ms: number, now: Date): Batch => {
  const at = now.getTime() + Math.round(ms);
  const end = call.reply?.until.getTime() ?? at;
  return replaceCall(batch, call.path, { ...call, nextAt: new Date(Math.min(at, end)) });
};

const acceptance = (
  { requestId, sentMessageIds }: Extract<Answer, { kind: "accepted" }>,
  now: Date,
): End => ({
  outcome: "accepted",
  settledAt: now,
  ...(requestId === null ? {} : { lineRequestId: requestId }),
  ...(sentMessageIds.length === 0 ? {} : { messageIds: [...sentMessageIds] }),
});

/** Ends everyone of these calls, with what was frozen in them; the calls are done. */
export const endCalls = (
  batch: Batch,
  ended: readonly (readonly [call: Call, end: End])[],
): Batch => {
  if (ended.length === 0) return batch;
  const ends = new Map(ended.flatMap(([call, end]) => endsOf(call, end)));
  const done = new Set(ended.map(([call]) => call.path));
  return {
    ...settle(batch, ends),
    calls: batch.calls.filter(({ path }) => !done.has(path)),
  };
};

const endsOf = (call: Call, end: End): [index: number, end: End][] => {
  const ids = lineUserIdsIn(call);
  const { firstAttemptAt } = call;
  const via = call.method === "reply" ? { via: "reply" as const } : {};
  return call.members.map((index, place) => {
    const lineUserId = ids[place];
    const to = lineUserId === undefined ? {} : { lineUserId };
    return [index, { ...end, firstAttemptAt, ...to, ...via }];
  });
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
  const end = refusal(call, answer, now);
  const complaint = `${answer.property ?? ""} ${answer.message}`;
  const one = call.members.length === 1;
  if (one || answer.status !== 400 || /\bmessages?\[/.test(complaint))
    return endCalls(batch, [[call, end]]);

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

const refusal = (call: Call, answer: Extract<Answer, { kind: "refused" }>, now: Date): End => {
  const detail = wordsOf(call, answer);
  return {
    outcome: "refused",
    reason: `line_${answer.status}`,
    settledAt: now,
    ...(answer.requestId === null ? {} : { lineRequestId: answer.requestId }),
    ...(detail === "" ? {} : { detail }),
  };
};

const detailUnitsMax = 300;

/** Without LINE IDs: the words stay with all of the call, also when one of them is erased. */
const wordsOf = (
  call: Call,
  { message, property }: Extract<Answer, { kind: "refused" }>,
): string => {
  const words = [property, message].filter((text) => text !== undefined && text !== "").join(": ");
  return lineUserIdsIn(call)
    .reduce((rest, lineUserId) => rest.replaceAll(lineUserId, "…"), words)
    .slice(0, detailUnitsMax)
    .toWellFormed();
};
