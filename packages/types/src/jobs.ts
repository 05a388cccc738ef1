import { z } from "zod";

import { defineJob } from "./job.ts";
import { sendRequest } from "./messages.ts";

const id = z.string().min(1).max(512);

/** Events stored in MongoDB wait to be applied to profiles. */
export const applyEvents = defineJob({
  name: "events.apply",
  queue: "identity",
  schema: z.object({ v: z.literal(1), workspaceId: id, eventIds: z.array(id).min(1).max(1_000) }),
  attempts: 10,
  backoffMs: 500,
});

/** A person's LINE display name is to be fetched; its failure erases nothing. */
export const fetchProfile = defineJob({
  name: "profile.fetch",
  queue: "profile-fetches",
  schema: z.object({
    v: z.literal(1),
    workspaceId: id,
    channelId: id,
    profileId: id,
    lineUserId: id,
  }),
  attempts: 5,
  backoffMs: 2_000,
  key: (fetch) => `${fetch.channelId}/${fetch.lineUserId}`,
});

/** A channel's followers are being brought in, or counted. */
export const runBackfill = defineJob({
  name: "backfill.run",
  queue: "backfills",
  schema: z.object({ v: z.literal(1), workspaceId: id, backfillId: id }),
  attempts: 10,
  backoffMs: 1_000,
});

/** Who follows a channel is due to be compared with LINE. */
export const reconcileChannel = defineJob({
  name: "channel.reconcile",
  queue: "backfills",
  schema: z.object({ v: z.literal(1), workspaceId: id, channelId: id }),
  attempts: 10,
  backoffMs: 1_000,
});

/** A campaign has something to plan or to feed. */
export const advanceCampaign = defineJob({
  name: "campaign.advance",
  queue: "campaigns",
  schema: z.object({ v: z.literal(1), workspaceId: id, campaignId: id }),
  attempts: 10,
  backoffMs: 500,
});

/** Somebody asked whom a campaign would reach. */
export const estimateCampaign = defineJob({
  name: "campaign.estimate",
  queue: "estimates",
  schema: z.object({ v: z.literal(1), workspaceId: id, campaignId: id }),
  attempts: 10,
  backoffMs: 500,
});

/** Somebody was erased: what messages and campaigns hold of them is to be removed. */
export const forgetPerson = defineJob({
  name: "person.forget",
  queue: "erasures",
  schema: z.object({ v: z.literal(1), workspaceId: id, erasureId: id }),
  attempts: 10,
  backoffMs: 500,
  key: ({ erasureId }) => erasureId,
});

const deliverSchema = z.object({ v: z.literal(1), workspaceId: id, batchId: id });

/** One message to one person; never waits behind a campaign. */
export const deliverMessage = defineJob({
  name: "message.deliver",
  queue: "messages",
  schema: deliverSchema,
  turns: { of: ({ workspaceId }) => workspaceId, size: 50, perSecond: 200 },
  attempts: 20,
  backoffMs: 500,
});

/** One batch of a campaign. */
export const deliverBatch = defineJob({
  name: "batch.deliver",
  queue: "batches",
  schema: deliverSchema,
  turns: { of: ({ workspaceId }) => workspaceId, size: 8, perSecond: 4 },
  attempts: 20,
  backoffMs: 500,
});

/** The public queue: a campaign system asks for one message. It carries its request, which is stored before anything else. */
export const sendMessage = defineJob({
  name: "message.send",
  queue: "sends",
  schema: sendRequest.safeExtend({
    v: z.literal(1),
    workspaceId: id,
    idempotencyKey: z.string().regex(/^[\x21-\x7e]{1,255}$/),
  }),
  turns: { of: ({ workspaceId }) => workspaceId, size: 50, perSecond: 200 },
  attempts: 10,
  backoffMs: 500,
});
