export {
  askQuota,
  createChannelQuotas,
  type AskQuota,
  type CampaignSum,
  type ChannelQuotas,
} from "./channel-quotas.ts";
export { createChannelReader, type ChannelReader } from "./channels.ts";
export { connectStore, type ConnectOptions, type Store } from "./connect.ts";
export type { Rows } from "./define-rows.ts";
export { createDeadLetterWriter } from "./dead-letters.ts";
export { insertResults, type InsertResult } from "./insert-results.ts";
export { cancellable, cancelledMessage } from "./cancelled-message.ts";
export { isSameMessage, newMessageBatch, type NewMessage } from "./new-message-batch.ts";
export { createProfileReader, type ProfileReader } from "./profiles.ts";
export type { AliasRow } from "./rows/aliases.ts";
export type { ApiKeyRow } from "./rows/api-keys.ts";
export { callsOf, packCalls } from "./calls.ts";
export { olderClickIds } from "./older-clicks.ts";
export { fromRanges, sizeOfRanges, toRanges } from "./ranges.ts";
export { packRecipients, recipientsOf } from "./recipients.ts";
export type { AudienceListRow } from "./rows/audience-lists.ts";
export type { AudiencePageRow } from "./rows/audience-pages.ts";
export type { BackfillRow } from "./rows/backfills.ts";
export type {
  BatchRow,
  CallRow,
  PackedCallsRow,
  PackedRecipients,
  RecipientRow,
  VariantCountRow,
} from "./rows/batches.ts";
export type { AllowanceRow, CampaignRow } from "./rows/campaigns.ts";
export type { QuotaGrant } from "./rows/channel-quotas.ts";
export type { ClickLinkRow } from "./rows/click-links.ts";
export type { ClickRow } from "./rows/clicks.ts";
export type { ChannelRow } from "./rows/channels.ts";
export type { DeadLetterRow } from "./rows/dead-letters.ts";
export type { ErasureRow } from "./rows/erasures.ts";
export type { EstimateRow } from "./rows/estimates.ts";
export type { EventRow, EventState } from "./rows/events.ts";
export type { IdempotencyRow } from "./rows/idempotency.ts";
export type { LineLinkRow } from "./rows/line-links.ts";
export type { LinkAttemptRow } from "./rows/link-attempts.ts";
export type { Claimant, ConflictKind, ConflictRow } from "./rows/conflicts.ts";
export type { FamilySendRow } from "./rows/family-sends.ts";
export type { ImportProblem, ImportRow } from "./rows/imports.ts";
export type { MergeRow, MergeState, MergeValue } from "./rows/merges.ts";
export type { TombstoneRow } from "./rows/tombstones.ts";
export type { MessageTemplateRow, TemplateVersionRow } from "./rows/message-templates.ts";
export type { MessageTraceRow } from "./rows/message-traces.ts";
export type { PlaceRow } from "./rows/places.ts";
export type { Consent, Friendship, LineAccount, ProfileRow } from "./rows/profiles.ts";
export type { ListedFollowerRow } from "./rows/listed-followers.ts";
export type { ReplyTokenRow } from "./rows/reply-tokens.ts";
export { newReplyToken, replyTokenId, replyTokenIds } from "./reply-tokens.ts";
export type { ReconciliationRow } from "./rows/reconciliations.ts";
export type { UsageRow } from "./rows/usage.ts";
export {
  createFreezeWords,
  createTemplateReader,
  templateVersionId,
  type FindTemplate,
  type FreezeWords,
  type SavedTemplate,
  type WordsRequest,
} from "./templates.ts";
export { trimmedOf } from "./trimmed.ts";
export { unknownPlaceOf, unknownPlacesBefore } from "./unknown-place.ts";
export { createUsageSamples, type UsageSamples } from "./usage.ts";
export type { WorkspaceRow } from "./rows/workspaces.ts";
export { isDuplicateKey, storeFailure } from "./store-failure.ts";
export { upserting } from "./upserting.ts";
