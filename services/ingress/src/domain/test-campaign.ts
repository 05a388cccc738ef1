import { Failure } from "@yubin/errors";
import type { CampaignTestRequest, CampaignTestView, RecipientRef } from "@yubin/types";

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
 * count in nothing of the campaign. `run` names this test; the same one again sends nothing twice.
 */
export const testCampaign = async (
  { messages, deliver, now }: TestCampaignDeps,
  { campaign, channel, request, run }: TestRun,
): Promise<CampaignTestView> => {
  const { workspaceId } = campaign;
  for (const [place, to] of request.to.entries()) checkRecipient(to, channel, `to[${place}]`);
  checkData(request.data);

  const at = now();
  const sent: CampaignTestView["data"][number][] = [];
  for (const [to, ref] of onceEach(request.to)) {
    const send = {
      ...campaign.content,
      to,
      channelId: campaign.channelId,
      campaignId: campaign.id,
      step: "test",
      // Whoever tests is awake, and looks at it more than once.
      quietHours: null,
      cap: null,
      ...(request.data === undefined ? {} : { data: request.data }),
      ...(campaign.purpose === null ? {} : { purpose: campaign.purpose }),
    };
    const { kind, id } = await messages.add(send, {
      workspaceId,
      // No key that a caller may choose has a blank in it.
      idempotencyKey: `test ${campaign.id} ${run} ${ref}`,
      campaignName: campaign.name,
      now: at,
    });
    if (kind === "other")
      throw new Failure("idempotency_mismatch", "another test was sent under this key");
    deliver(workspaceId, id);
    sent.push({ to: ref, id });
  }
  return { data: sent };
};

export interface TestRun {
  readonly campaign: Campaign;
  readonly channel: Channel;
  readonly request: CampaignTestRequest;
  readonly run: string;
}

const onceEach = (to: readonly RecipientRef[]): [RecipientRef, string][] =>
  [
    ...new Map(
      to.map((one) => [
        typeof one === "string" ? one : `line:${one.provider}:${one.lineUserId}`,
        one,
      ]),
    ),
  ].map(([ref, one]) => [one, ref]);
