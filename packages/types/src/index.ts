export { assignVariant, controlGroup, noGroup, type Experiment } from "./assign-variant.ts";
export { audienceFilter } from "./audience-filter.ts";
export type {
  AudienceFilter,
  FilterCondition,
  FilterMoment,
  FilterPeriod,
  Scalar,
  TraitCondition,
} from "./audience-filter.ts";
export {
  campaignAudience,
  campaignExclude,
  campaignPatch,
  campaignRequest,
  campaignStates,
  isWalked,
  peoplePerMinute,
} from "./campaigns.ts";
export type {
  CampaignAudience,
  CampaignExclude,
  CampaignMetrics,
  CampaignPatch,
  CampaignRequest,
  CampaignState,
  CampaignView,
  HaltedCampaignView,
  Throttle,
} from "./campaigns.ts";
export { campaignTestRequest } from "./campaign-tests.ts";
export type { CampaignTestRequest, CampaignTestView } from "./campaign-tests.ts";
export { canonicalLineId, proofStrength, type LinkedAccount } from "./canonical-line-id.ts";
export type { AudienceListState, AudienceListView } from "./audience-lists.ts";
export { backfillRequest, listingFacts } from "./backfills.ts";
export type { BackfillState, BackfillView, ListingFact, ReconciliationView } from "./backfills.ts";
export { apiKeyRequest, scopes } from "./api-keys.ts";
export type { ApiKeyRequest, ApiKeyView, Scope } from "./api-keys.ts";
export { replaceLinks } from "./click-links/replace-links.ts";
export { oursAt, trackableLinks, type IsOurs } from "./click-links/trackable-links.ts";
export { clickLinkId, tracking } from "./clicks.ts";
export type { Clicks, LinkClicks, PersonClickView, Tracking } from "./clicks.ts";
export { channelPatch, channelRequest, credentialsRequest } from "./channels.ts";
export type {
  ChannelLimits,
  ChannelMetrics,
  ChannelPatch,
  ChannelRequest,
  ChannelView,
  CredentialsRequest,
  HealthCheck,
} from "./channels.ts";
export type { EstimateCounts, EstimateView } from "./estimates.ts";
export { personCommands, trackFacts } from "./facts.ts";
export type { CommandBody, PersonCommand, TrackFact } from "./facts.ts";
export { canonicalId, checkEmail, checkIdentifier } from "./identifiers.ts";
export { idFrom, idFromAt, messageIdFrom, newId, retryKeyFrom, type IdKind } from "./ids.ts";
export { importFormats, importRowOutcomes } from "./imports.ts";
export type {
  ImportFormat,
  ImportRowOutcome,
  ImportRowView,
  ImportState,
  ImportView,
} from "./imports.ts";
export { addressOf, decideSend, namedLineUserId } from "./decide-send.ts";
export type { SendCircumstances, SendDecision, SendFacts, SkipReason } from "./decide-send.ts";
export { createTurns, type TurnRule, type Turns } from "./turns.ts";
export { defineJob, type JobContract, type PayloadOf } from "./job.ts";
export {
  advanceCampaign,
  applyEvents,
  deliverBatch,
  deliverMessage,
  estimateCampaign,
  fetchProfile,
  forgetPerson,
  reconcileChannel,
  runBackfill,
  sendMessage,
} from "./jobs.ts";
export { checkAttributes, checkText, type ValueProblem } from "./json-values.ts";
export { limits } from "./limits.ts";
export { momentOf, schedule, type Schedule } from "./local-time.ts";
export {
  isExpired,
  noRules,
  rulesFor,
  workspaceRulesOf,
  type AskedRules,
  type SendRules,
  type WorkspaceRules,
} from "./rules-for.ts";
export {
  lineMonthOf,
  quotaChoice,
  quotaView,
  type CampaignQuotaStatus,
  type MonthQuota,
  type QuotaChoice,
  type MonthNeeds,
  type QuotaView,
} from "./quota.ts";
export {
  frequencyCap,
  isZone,
  quietHours,
  sendRulesOf,
  zoneName,
  type FrequencyCap,
  type QuietHours,
  type SendRulesAsked,
} from "./send-rules.ts";
export { holdsLiquid, type MessageProblem } from "./line-messages/message-problem.ts";
export { checkLineMessages, type MessageRules } from "./line-messages/check-line-messages.ts";
export { mergeRequest, resolveRequest } from "./merges.ts";
export type {
  ClaimantView,
  ConflictView,
  MergeRequest,
  MergeValueView,
  MergeView,
  ResolveRequest,
} from "./merges.ts";
export { lineIdTrait, withLineId } from "./line-id-trait.ts";
export {
  hashLinkSecret,
  lineLinkEventId,
  lineLinkRequest,
  linkCodeFrom,
  linkTokenRequest,
  linkVias,
  pageLocales,
  readLinkCode,
  verifyLinkRequest,
} from "./line-links.ts";
export type {
  LineLinkRequest,
  LineLinkState,
  LineLinkView,
  LinkVia,
  PageLocale,
  VerifyLinkRequest,
} from "./line-links.ts";
export { lineMessage, lineMessages, type LineMessage } from "./line-messages/line-message.ts";
export { noOutcomes, outcomes, recipientRef, sendRequest } from "./messages.ts";
export type {
  FrozenSend,
  MessageView,
  Outcome,
  OutcomeCounts,
  RecipientRef,
  SendRequest,
} from "./messages.ts";
export {
  consentRequest,
  identifyRequest,
  linkProofKinds,
  profilePatch,
  suppressionRequest,
} from "./people.ts";
export type {
  ConsentView,
  FriendshipSource,
  FriendshipState,
  IdentifyRequest,
  LinkProof,
  LinkProofKind,
  ProfileView,
  SuppressionView,
} from "./people.ts";
export { campaignPreviewRequest, previewRequest } from "./previews.ts";
export type {
  CampaignPreviewRequest,
  CampaignPreviewView,
  PreviewProblem,
  PreviewRequest,
  PreviewView,
} from "./previews.ts";
export { seriesIntervals, type SeriesInterval, type SeriesPoint } from "./series.ts";
export type { RecipientView } from "./recipients.ts";
export {
  aliasKey,
  erasedRef,
  isLineUserId,
  isProvider,
  lineAlias,
  parseProfileRef,
  refText,
} from "./refs.ts";
export {
  missingRule,
  oneSource,
  templatePatch,
  templateRequest,
  wordsAsked,
  wordsFields,
} from "./templates.ts";
export type {
  FrozenWords,
  MissingRule,
  TemplatePatch,
  TemplateRequest,
  TemplateSummary,
  TemplateUse,
  TemplateVersionView,
  TemplateView,
} from "./templates.ts";
export type { TimelineItem } from "./timeline.ts";
export type { UnknownView } from "./unknowns.ts";
export type { UsageView } from "./usage.ts";
export type { AliasName, ProfileRef } from "./refs.ts";
export { batchRequest, trackRequests } from "./track-requests.ts";
export type { BatchRowView, BatchView, TrackKind, TrackRequest } from "./track-requests.ts";
export { customerAttributes, customerEvent, mergeCustomersRequest } from "./customer-io.ts";
export type { CustomerAttributes, CustomerEvent, CustomerName } from "./customer-io.ts";
export { contentAsked, hasVariants } from "./variants.ts";
export type {
  CampaignContent,
  CampaignContentRequest,
  FrozenVariant,
  FrozenVariants,
  OutcomeRates,
  VariantMetrics,
  VariantRequest,
} from "./variants.ts";
export { workspacePatch, type WorkspacePatch, type WorkspaceView } from "./workspaces.ts";
