import { Failure } from "@yubin/errors";
import {
  assignVariant,
  controlGroup,
  hasVariants,
  type CampaignPreviewRequest,
  type CampaignPreviewView,
  type FrozenWords,
} from "@yubin/types";

import type { Campaign } from "./campaign.ts";
import type { Channel } from "./channel.ts";
import { checkPreview } from "./check-send.ts";
import {
  findAddressee,
  lookAt,
  previewMessage,
  type PreviewAsked,
  type PreviewDeps,
} from "./preview-message.ts";

/**
 * What a campaign would send one person, if it were sent now. Of variants it is the one that is asked for, else the one
 * that the person is in; who is in the control group is sent nothing.
 */
export const previewCampaign = async (
  deps: PreviewDeps,
  {
    campaign,
    channel,
    request,
  }: {
    readonly campaign: Campaign;
    readonly channel: Channel;
    readonly request: CampaignPreviewRequest;
  },
): Promise<CampaignPreviewView> => {
  const asked = askedBy(campaign, request);
  checkPreview(asked, channel);
  const { name, words } = await wordsFor(deps, { campaign, channel, request });
  if (words) {
    const { messages, missing } = words;
    const view = await previewMessage(deps, channel, { ...asked, messages, missing });
    return { ...view, variant: name };
  }
  const { wouldSend } = await lookAt(deps, channel, asked);
  return {
    variant: name,
    messages: null,
    wouldSend: wouldSend && {
      ...wouldSend,
      decision: "skip",
      reason: "control_group",
      until: null,
    },
    problems: [],
    missing: [],
    lineCheck: { state: "not_asked", reason: "control_group" },
  };
};

const askedBy = (
  { name, channelId, purpose, rules: { sendBefore, quietHours, cap } }: Campaign,
  { to, data }: CampaignPreviewRequest,
): PreviewAsked => ({
  to,
  channelId,
  data,
  campaign: { name },
  purpose,
  sendBefore: sendBefore?.toISOString() ?? null,
  quietHours,
  cap,
});

interface FoundWords {
  readonly name: string | null;
  /** None for the control group. */
  readonly words?: FrozenWords | undefined;
}

const wordsFor = async (
  deps: PreviewDeps,
  {
    campaign: { id, content },
    channel,
    request: { to, variant },
  }: Parameters<typeof previewCampaign>[1],
): Promise<FoundWords> => {
  const unknown = (): Failure =>
    new Failure("variant_unknown", "the campaign has no variant of this name", {
      field: "variant",
    });
  if (!hasVariants(content)) {
    if (variant !== undefined) throw unknown();
    return { name: null, words: content };
  }
  const name = variant ?? (await variantOf());
  const words = content.variants.find((one) => one.name === name);
  if (!words && (variant !== undefined || name !== controlGroup)) throw unknown();
  return { name, words };

  async function variantOf(): Promise<string> {
    const [only, ...others] = hasVariants(content) ? content.variants : [];
    if (only && others.length === 0 && to === undefined) return only.name;
    const person = await findAddressee(deps, channel, to);
    if (person && hasVariants(content))
      return assignVariant({ campaignId: id, ...content }, person.profileId);
    throw new Failure(
      "request_invalid",
      "needs a variant: the campaign has several, and nobody is named who is in one",
      { field: "variant" },
    );
  }
};
