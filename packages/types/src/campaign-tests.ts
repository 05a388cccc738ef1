import { z } from "zod";

import { limits } from "./limits.ts";
import { recipientRef } from "./messages.ts";

/** Body of `POST /v1/campaigns/:id/test`. */
export const campaignTestRequest = z.strictObject({
  to: z.array(recipientRef).min(1).max(limits.campaignTestsMax),
  /** One of the campaign's by its name; without it each person gets all of them. */
  variant: z.string().trim().normalize("NFC").optional(),
  data: z.record(z.string().max(limits.traitKeyChars), z.json()).optional(),
});
export type CampaignTestRequest = z.output<typeof campaignTestRequest>;

/** The messages that a test has sent: one for each who was named, or of variants one for each of them. */
export interface CampaignTestView {
  readonly data: readonly {
    readonly to: string;
    readonly id: string;
    /** Null where the campaign has none. */
    readonly variant: string | null;
  }[];
}
