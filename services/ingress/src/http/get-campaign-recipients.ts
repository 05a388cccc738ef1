import { Failure } from "@yubin/errors";
import {
  controlGroup,
  hasVariants,
  limits,
  noGroup,
  outcomes,
  type RecipientView,
} from "@yubin/types";
import { z } from "zod";

import type { Campaign, Campaigns } from "../domain/campaign.ts";
import { areClicksKnown, linksFrom } from "../domain/click.ts";
import type { Cursors } from "../domain/cursors.ts";
import {
  afterBatch,
  placeText,
  readPlace,
  recipientView,
  type Recipient,
  type RecipientFilter,
  type RecipientPlace,
  type Recipients,
  type RecipientsOf,
} from "../domain/recipient.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { firstOf, viewsOf } from "./batch-walk.ts";
import { exportFormat, exportRows, type RowForms } from "./export-rows.ts";
import { findCampaign } from "./get-campaign.ts";
import { pageQuery, readPage } from "./paging.ts";

export interface GetCampaignRecipientsDeps {
  readonly campaigns: Campaigns;
  readonly recipients: Recipients;
  readonly cursors: Cursors;
  readonly now: () => Date;
}

const recipientsQuery = pageQuery.extend({
  outcome: z.enum([...outcomes, "queued", "sending"]).optional(),
  reason: z
    .string()
    .regex(/^[a-z0-9_]{1,64}$/)
    .optional(),
  variant: z.string().normalize("NFC").min(1).max(limits.variantNameUnits).optional(),
});

/** The people behind a number of a campaign, in the order they were planned: as a page, or all of them as a file. */
export const getCampaignRecipients = (deps: GetCampaignRecipientsDeps): ApiRoute =>
  defineRoute<z.ZodUndefined, typeof recipientsQuery>({
    method: "get",
    path: "/v1/campaigns/:id/recipients",
    scope: "read",
    query: recipientsQuery,
    handle: async ({ caller, params, query: { outcome, reason, variant, ...query }, accept }) => {
      const { recipients, cursors } = deps;
      const campaign = await findCampaign(deps.campaigns, caller.workspaceId, params["id"]);
      if (variant !== undefined) checkVariant(campaign, variant);
      const tellsClicks =
        campaign.tracking === "person" && areClicksKnown(linksFrom(campaign), deps.now());
      const of = { ...campaign, tellsClicks };
      const filter: RecipientFilter = { outcome, reason, variant };
      const list = `${campaign.workspaceId}/campaigns/${campaign.id}/recipients${JSON.stringify(filter)}`;
      const format = exportFormat(accept);
      if (format) {
        const after = query.cursor === undefined ? "" : cursors.read(list, query.cursor);
        const pages = batchesOf(recipients, of, filter, readPlace(after));
        return exportRows(format, viewsOf(pages, recipientView), forms);
      }
      const page = await readPage({
        cursors,
        list,
        query,
        read: ({ after, limit }) =>
          firstOf(batchesOf(recipients, of, filter, readPlace(after)), limit),
        idOf: ({ place }) => placeText(place),
        view: recipientView,
      });
      return { status: 200, body: page };
    },
  });

/** A name that is not there would say that there is nobody, and nobody would be told that it is not a name. */
const checkVariant = ({ content }: Campaign, variant: string): void => {
  const names = hasVariants(content)
    ? [...content.variants.map(({ name }) => name), controlGroup, noGroup]
    : [];
  if (!names.includes(variant))
    throw new Failure("param_invalid", "the campaign has no variant of this name", {
      field: "variant",
    });
};

async function* batchesOf(
  recipients: Recipients,
  campaign: RecipientsOf,
  filter: RecipientFilter,
  from: RecipientPlace,
): AsyncGenerator<readonly Recipient[]> {
  for (let after = from; ;) {
    const batch = await recipients.nextBatch(campaign, filter, after);
    if (!batch) return;
    yield batch.recipients;
    after = afterBatch(batch.seq);
  }
}

const forms: RowForms<RecipientView> = {
  view: (view) => view,
  columns: {
    profileId: ({ profileId }) => profileId,
    externalId: ({ externalId }) => externalId,
    ref: ({ ref }) => ref,
    lineUserId: ({ lineUserId }) => lineUserId,
    variant: ({ variant }) => variant,
    state: ({ state }) => state,
    reason: ({ reason }) => reason,
    firstAttemptAt: ({ firstAttemptAt }) => firstAttemptAt,
    settledAt: ({ settledAt }) => settledAt,
    lineRequestId: ({ lineRequestId }) => lineRequestId,
    messageIds: ({ messageIds }) => messageIds.join(" "),
    erased: ({ erased }) => String(erased),
    advice: ({ advice }) => advice,
    clicks: ({ clicks }) => clicks && String(clicks.reduce((sum, one) => sum + one.clicks, 0)),
    firstClickAt: ({ clicks }) => clicks?.[0]?.firstAt ?? null,
    lastClickAt: ({ clicks }) =>
      clicks
        ?.map(({ lastAt }) => lastAt)
        .toSorted()
        .at(-1) ?? null,
    clickedLinks: ({ clicks }) => clicks && clicks.map(({ url }) => url).join(" "),
    detail: ({ detail }) => detail,
  },
};
