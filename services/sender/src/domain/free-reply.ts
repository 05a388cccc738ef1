import { noRules } from "@yubin/types";

import { endCalls, replyUnknown } from "./apply-answer.ts";
import { lineUserIdsIn, type Batch, type Call } from "./batch.ts";
import { decideAll } from "./decide-all.ts";
import { findPeople } from "./find-people.ts";
import type { Frozen } from "./freeze-people.ts";
import type { Channel, People, ReplyToken, ReplyTokens } from "./ports.ts";

export interface FreeReplyDeps {
  readonly replyTokens: ReplyTokens;
  readonly people: People;
  readonly now: () => Date;
}

/**
 * Whether there is something that this message could answer for free, if it asks for that: one on its own, as a token
 * answers one person. A first look, to ask for the pace of replies and not of pushes; nothing is taken by it.
 */
export const canReply = async (
  { replyTokens, people, now }: FreeReplyDeps,
  batch: Batch,
  channel: Channel,
): Promise<boolean> => {
  const { campaignId, content, replyRefused } = batch;
  if (campaignId !== null || content?.replyIfFree !== true || replyRefused === true) return false;
  const found = await findPeople({ people }, batch, [0], "address");
  const [decided] = decideAll(batch, found, channel, { rules: noRules, now: now() });
  if (decided?.decision.kind !== "send") return false;
  return replyTokens.has(tokenOf(batch, decided.decision.lineUserId), now());
};

/**
 * The push that is about to be frozen, as a reply; undefined where somebody else has taken what there was to answer. It
 * comes after all that may keep a message from being sent but a second count of caps, so that hardly a token is taken in
 * vain.
 */
export const claimReply = async (
  { replyTokens, now }: Omit<FreeReplyDeps, "people">,
  batch: Batch,
  frozen: Frozen,
): Promise<Frozen | undefined> => {
  const [push] = frozen.calls;
  if (!push) return frozen;
  const [lineUserId = ""] = lineUserIdsIn(push);
  const token = await replyTokens.claim(tokenOf(batch, lineUserId), now());
  return token && { ...frozen, calls: [replyFrom(push, lineUserId, token)] };
};

const tokenOf = ({ workspaceId, channelId, id: batchId }: Batch, lineUserId: string) => ({
  workspaceId,
  channelId,
  lineUserId,
  batchId,
});

const replyFrom = (push: Call, lineUserId: string, { token, until }: ReplyToken): Call => {
  const { to: _, ...words } = JSON.parse(push.body) as Record<string, unknown>;
  return {
    ...push,
    path: `${push.path}r`,
    method: "reply",
    body: JSON.stringify({ replyToken: token, ...words }),
    retryKey: "",
    reply: { lineUserId, until },
  };
};

/** LINE takes these tokens no more, so that asking again would tell nothing. */
export const expireReplies = (
  batch: Batch,
  { now, flying }: { readonly now: Date; readonly flying: ReadonlySet<string> },
): Batch => {
  const old = batch.calls.filter(
    ({ path, reply }) => reply !== undefined && reply.until <= now && !flying.has(path),
  );
  return endCalls(
    batch,
    old.map((call) => [call, replyUnknown(now)]),
  );
};
