import type { CampaignState } from "@yubin/types";

/** Which campaigns are listed: all that is said must be true. */
export interface CampaignFilter {
  readonly state: CampaignState | undefined;
  readonly channelId: string | undefined;
}

/** Where a campaign stands among those of its workspace, the newest first; it never changes. */
export interface CampaignPlace {
  readonly createdAt: Date;
  readonly id: string;
}

/** An id tells no time where it follows from a key, so the time stands beside it. */
export const campaignPlaceText = ({ createdAt, id }: CampaignPlace): string =>
  `${createdAt.toISOString()}/${id}`;

/** Of a text that we wrote; undefined for the beginning. */
export const readCampaignPlace = (text: string): CampaignPlace | undefined => {
  const [at = "", id = ""] = text.split("/");
  return text === "" ? undefined : { createdAt: new Date(at), id };
};
