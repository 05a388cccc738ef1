import { applyAnswers } from "./apply-answer.ts";
import type { Batch } from "./batch.ts";
import type { DeliverDeps } from "./deliver-deps.ts";
import { closed, type Closed } from "./deliver-slice.ts";
import { nextLook } from "./extend-reach.ts";
import type { Landed } from "./flights.ts";
import type { Hold } from "./hold.ts";
import { judgeErrors } from "./judge-errors.ts";

/** What LINE's answers mean for the batch as a whole. */
export type Recorded = { readonly kind: "recorded" } | Closed;

/** A message on its own waits this long for the month's quota. */
const quotaWaitMs = 600_000;

/** What LINE accepted is written first and alone; what else follows from the answers comes after. */
export const record = async (
  deps: DeliverDeps,
  hold: Hold,
  landed: readonly Landed[],
): Promise<Recorded> => {
  if (landed.length === 0) return { kind: "recorded" };
  const moment = { now: deps.now(), random: deps.random };
  hold.replace(applyAnswers(hold.batch, landed, moment));
  await tellPace(deps, landed);
  const troubled = troubles
    .map((kind) => landed.find(({ answer }) => answer.kind === kind))
    .find((one) => one !== undefined);
  const refused = landed.some(({ answer }) => answer.kind === "refused");
  if (troubled || refused) await hold.change(hold.batch);
  if (troubled) return followUp(deps, hold.batch, troubled);
  // Of the oldest: what was refused before somebody resumed the campaign does not pause it again.
  const run = Math.min(...landed.map((one) => one.run));
  const isBroken = await judgeErrors(deps, hold.batch, run);
  return { kind: isBroken ? "parked" : "recorded" };
};

/** The gravest first. */
const troubles = ["unauthorized", "forbidden", "quota_exhausted"] as const;

/** The pace is only a hint of when to go on, so what it does not take is not lost. */
const tellPace = async ({ pacer }: DeliverDeps, landed: readonly Landed[]): Promise<void> => {
  const bad = landed.filter(({ answer }) => answer.kind === "rate_limited").length;
  const good = landed.filter(({ answer }) => answer.kind === "accepted").length;
  const [one] = landed;
  if (!one) return;
  await pacer.answered(one.channel, one.call.method, { good, bad }).catch(() => undefined);
};

const followUp = async (
  deps: DeliverDeps,
  batch: Batch,
  { answer, channel, run }: Landed,
): Promise<Recorded> => {
  if (answer.kind === "quota_exhausted") {
    if (batch.campaignId === null) return { kind: "later", afterMs: quotaWaitMs };
    // Otherwise someone else was faster, or has set it going again: what is true now is looked at anew.
    const { workspaceId, campaignId } = batch;
    const lookAt = nextLook(deps.now());
    const paused = await deps.campaigns.pause({ workspaceId, campaignId }, run, "quota", lookAt);
    return { kind: paused ? "parked" : "recorded" };
  }
  if (answer.kind === "unauthorized" && deps.tokens.refused(channel)) return { kind: "recorded" };
  const stopped = await deps.channels.stop(channel, `line_${answer.kind}`);
  return stopped ? closed(batch, "channel_stopped") : { kind: "recorded" };
};
