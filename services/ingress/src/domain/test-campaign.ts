import { Failure } from "@yubin/errors";
import {
  hasVariants,
  type CampaignTestRequest,
  type CampaignTestView,
  type FrozenWords,
  type RecipientRef,
} from "@yubin/types";

import type { Campaign } from "./campaign.ts";
import type { Channel } from "./channel.ts";
import { checkData, checkRecipient } from "./check-send.ts";
import type { Messages } from "./message.ts";

export interface TestCampaignDeps {
  readonly messages: Pick<Messages, "add">;
  /** Hands a stored message to the sender; best effort, its sweeper finds it anyway. */
  readonly deliver: (workspaceId: string, batchId: string) => void;
  readonly now: () => Date;
}

/**
 * Sends the campaign's content to a few people now, as messages on their own: they are told apart by their step and
 * count in nothing of the campaign. Of variants each person gets the one that is asked for, else all of them, since who
 * tests wants to see them. `run` names this test; the same one again sends nothing twice.
 */
export const testCampaign = async (
  { messages, deliver, now }: TestCampaignDeps,
  { campaign, channel, request, run }: TestRun,
): Promise<CampaignTestView> => {
  const { workspaceId } = campaign;
  for (const [place, to] of request.to.entries()) checkRecipient(to, channel, `to[${place}]`);
  checkData(request.data);

  const contents = contentsFor(campaign, request.variant);
  const at = now();
  const sent: CampaignTestView["data"][number][] = [];
  const each = onceEach(request.to).flatMap((one) =>
    contents.map((what) => [...one, what] as const),
  );
  for (const [to, ref, { variant, words }] of each) {
    const send = {
      ...words,
      to,
      channelId: campaign.channelId,
      campaignId: campaign.id,
      step: "test",
      // Whoever tests is awake, and looks at it more than once.
      quietHours: "none" as const,
      cap: "none" as const,
      ...(request.data === undefined ? {} : { data: request.data }),
      purpose: campaign.purpose,
      tracking: campaign.tracking,
    };
    const { kind, id } = await messages.add(send, {
      workspaceId,
      // No key that a caller may choose has a blank in it.
      idempotencyKey: `test ${campaign.id} ${run} ${variant === null ? "" : `${JSON.stringify(variant)} `}${ref}`,
      campaignName: campaign.name,
      now: at,
    });
    if (kind === "other")
      throw new Failure("idempotency_mismatch", "another test was sent under this key");
    deliver(workspaceId, id);
    sent.push({ to: ref, id, variant });
  }
  return { data: sent };
};

export interface TestRun {
  readonly campaign: Campaign;
  readonly channel: Channel;
  readonly request: CampaignTestRequest;
  readonly run: string;
}

interface TestedContent {
  readonly variant: string | null;
  readonly words: FrozenWords;
}

/** What of the campaign is tested; fails where it has no such variant. */
const contentsFor = ({ content }: Campaign, variant: string | undefined): TestedContent[] => {
  const all = hasVariants(content)
    ? content.variants.map((words) => ({ variant: words.name, words }))
    : [{ variant: null, words: content }];
  const some = variant === undefined ? all : all.filter((one) => one.variant === variant);
  if (some.length === 0)
    throw new Failure("variant_unknown", "the campaign has no variant of this name", {
      field: "variant",
    });
  return some;
};

const onceEach = (to: readonly RecipientRef[]): [RecipientRef, string][] =>
  [
    ...new Map(
      to.map((one) => [
        typeof one === "string" ? one : `line:${one.provider}:${one.lineUserId}`,
        one,
      ]),
    ),
  ].map(([ref, one]) => [one, ref]);
