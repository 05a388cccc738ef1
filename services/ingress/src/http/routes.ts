import { deleteLineAccount, type DeleteLineAccountDeps } from "./delete-line-account.ts";
import { getLineLink, type GetLineLinkDeps } from "./get-line-link.ts";
import { patchChannel, type PatchChannelDeps } from "./patch-channel.ts";
import { postLineLinks, type PostLineLinksDeps } from "./post-line-links.ts";
import { postLineLinksVerify, type PostLineLinksVerifyDeps } from "./post-line-links-verify.ts";
import { postLinkTokens, type PostLinkTokensDeps } from "./post-link-tokens.ts";
import type { Campaigns } from "../domain/campaign.ts";
import type { Commands } from "../domain/commands.ts";
import {
  deleteCustomer,
  postCustomerSuppression,
  postMergeCustomers,
  type CustomerCommandDeps,
} from "./customer-commands.ts";
import {
  getAudience,
  postAudience,
  putAudience,
  type AudienceRoutesDeps,
} from "./audience-routes.ts";
import { deleteApiKey, type DeleteApiKeyDeps } from "./delete-api-key.ts";
import { deleteTemplate } from "./delete-template.ts";
import { deleteSuppression } from "./delete-suppression.ts";
import { getEstimate, postEstimate, type EstimateRoutesDeps } from "./estimate-routes.ts";
import type { ApiRoute } from "./api-route.ts";
import { getApiKeys, type GetApiKeysDeps } from "./get-api-keys.ts";
import { getBackfill } from "./get-backfill.ts";
import { getBackfills, type GetBackfillsDeps } from "./get-backfills.ts";
import { getCampaignMetrics, type GetCampaignMetricsDeps } from "./get-campaign-metrics.ts";
import {
  getCampaignRecipients,
  type GetCampaignRecipientsDeps,
} from "./get-campaign-recipients.ts";
import { getCampaign } from "./get-campaign.ts";
import { getCampaigns, type GetCampaignsDeps } from "./get-campaigns.ts";
import { getChannelHealth } from "./get-channel-health.ts";
import { getChannelQuota, type GetChannelQuotaDeps } from "./get-channel-quota.ts";
import { getChannelMetrics, type GetChannelMetricsDeps } from "./get-channel-metrics.ts";
import { getChannel } from "./get-channel.ts";
import { getChannels, type GetChannelsDeps } from "./get-channels.ts";
import { deleteProfile, type DeleteProfileDeps } from "./delete-profile.ts";
import { getConflict, getConflicts, type GetConflictsDeps } from "./get-conflicts.ts";
import { getMerge, getMerges, type GetMergesDeps } from "./get-merge.ts";
import { postConflictResolve } from "./post-conflict-resolve.ts";
import { postMergeUndo } from "./post-merge-undo.ts";
import { postMerges, type PostMergesDeps } from "./post-merges.ts";
import { getWorkspace, patchWorkspace, type WorkspaceRoutesDeps } from "./workspace-routes.ts";
import { getImportRows } from "./get-import-rows.ts";
import { getImport, type GetImportDeps } from "./get-import.ts";
import { getImports } from "./get-imports.ts";
import { getMessage, type GetMessageDeps } from "./get-message.ts";
import { getProfile } from "./get-profile.ts";
import { getProfiles, type GetProfilesDeps } from "./get-profiles.ts";
import { getTemplateVersions } from "./get-template-versions.ts";
import { getTemplate } from "./get-template.ts";
import { getTemplates, type GetTemplatesDeps } from "./get-templates.ts";
import { getTimeline, type GetTimelineDeps } from "./get-timeline.ts";
import { getUnknowns, type GetUnknownsDeps } from "./get-unknowns.ts";
import { getUsage, type GetUsageDeps } from "./get-usage.ts";
import { patchTemplate } from "./patch-template.ts";
import { patchProfile } from "./patch-profile.ts";
import { postApiKeys } from "./post-api-keys.ts";
import { postBatch, type PostBatchDeps } from "./post-batch.ts";
import { postBackfillCancel } from "./post-backfill-cancel.ts";
import { postBackfills, type PostBackfillsDeps } from "./post-backfills.ts";
import { patchCampaign } from "./patch-campaign.ts";
import { postCampaignAction, type PostCampaignActionDeps } from "./post-campaign-action.ts";
import { postCampaignPreview, type PostCampaignPreviewDeps } from "./post-campaign-preview.ts";
import { postCampaignTest, type PostCampaignTestDeps } from "./post-campaign-test.ts";
import { postCampaigns, type PostCampaignsDeps } from "./post-campaigns.ts";
import { postChannelCredentials } from "./post-channel-credentials.ts";
import { postChannels } from "./post-channels.ts";
import { postAnonymousEvents, postCustomerEvents } from "./post-customer-events.ts";
import { postImportCancel } from "./post-import-cancel.ts";
import { postImports, type PostImportsDeps } from "./post-imports.ts";
import { putImport } from "./put-import.ts";
import { postIdentify, type PostIdentifyDeps } from "./post-identify.ts";
import { postMessageCancel } from "./post-message-cancel.ts";
import { postMessagesPreview, type PostMessagesPreviewDeps } from "./post-messages-preview.ts";
import { postMessages, type PostMessagesDeps } from "./post-messages.ts";
import { postTemplates, type PostTemplatesDeps } from "./post-templates.ts";
import { putConsent } from "./put-consent.ts";
import { putSuppression } from "./put-suppression.ts";
import { postTrackCall } from "./post-track-call.ts";
import { putCustomer } from "./put-customer.ts";
import type { ConnectChannelDeps } from "../domain/connect-channel.ts";
import type { RotateCredentialsDeps } from "../domain/rotate-credentials.ts";

export type RoutesDeps = ConnectChannelDeps &
  AudienceRoutesDeps &
  EstimateRoutesDeps &
  CustomerCommandDeps &
  DeleteApiKeyDeps &
  GetApiKeysDeps &
  GetBackfillsDeps &
  GetCampaignRecipientsDeps &
  GetCampaignMetricsDeps &
  GetCampaignsDeps &
  GetChannelMetricsDeps &
  GetChannelQuotaDeps &
  GetChannelsDeps &
  GetImportDeps &
  GetMessageDeps &
  GetProfilesDeps &
  PostBatchDeps &
  PostBackfillsDeps &
  GetTemplatesDeps &
  GetTimelineDeps &
  GetUnknownsDeps &
  GetUsageDeps &
  PostCampaignActionDeps &
  PostCampaignPreviewDeps &
  PostCampaignTestDeps &
  PostCampaignsDeps &
  PostIdentifyDeps &
  PostImportsDeps &
  PostMessagesDeps &
  PostMessagesPreviewDeps &
  PostTemplatesDeps &
  DeleteProfileDeps &
  PostMergesDeps &
  GetMergesDeps &
  GetConflictsDeps &
  WorkspaceRoutesDeps &
  DeleteLineAccountDeps &
  GetLineLinkDeps &
  PatchChannelDeps &
  PostLineLinksDeps &
  PostLineLinksVerifyDeps &
  PostLinkTokensDeps &
  RotateCredentialsDeps & { readonly campaigns: Campaigns; readonly commands: Commands };

/** Everything under `/v1`, and Customer.io's track API under `/api/v1`. */
export const createRoutes = (deps: RoutesDeps): ApiRoute[] => [
  postChannels(deps),
  getChannels(deps),
  getChannel(deps),
  getChannelHealth(deps),
  getChannelMetrics(deps),
  getChannelQuota(deps),
  postChannelCredentials(deps),
  postBackfills(deps),
  getBackfills(deps),
  getBackfill(deps),
  postBackfillCancel(deps),
  patchChannel(deps),
  postLinkTokens(deps),
  postLineLinks(deps),
  getLineLink(deps),
  postLineLinksVerify(deps),
  deleteLineAccount(deps),
  postIdentify(deps),
  postTrackCall("track", deps),
  postTrackCall("page", deps),
  postTrackCall("screen", deps),
  postTrackCall("group", deps),
  postTrackCall("alias", deps),
  postBatch(deps),
  putCustomer(deps),
  postCustomerEvents(deps),
  postAnonymousEvents(deps),
  postCustomerSuppression("suppress", deps),
  postCustomerSuppression("unsuppress", deps),
  deleteCustomer(deps),
  postMergeCustomers(deps),
  getProfiles(deps),
  getProfile(deps),
  getTimeline(deps),
  patchProfile(deps),
  putConsent(deps),
  putSuppression(deps),
  deleteSuppression(deps),
  postImports(deps),
  putImport(deps),
  getImports(deps),
  getImport(deps),
  getImportRows(deps),
  postImportCancel(deps),
  postMessages(deps),
  postMessagesPreview(deps),
  getMessage(deps),
  postMessageCancel(deps),
  postTemplates(deps),
  getTemplates(deps),
  getTemplate(deps),
  getTemplateVersions(deps),
  patchTemplate(deps),
  deleteTemplate(deps),
  deleteProfile(deps),
  postMerges(deps),
  getMerges(deps),
  getMerge(deps),
  postMergeUndo(deps),
  getConflicts(deps),
  getConflict(deps),
  postConflictResolve(deps),
  getWorkspace(deps),
  patchWorkspace(deps),
  postCampaigns(deps),
  getCampaigns(deps),
  getCampaign(deps),
  postAudience(deps),
  putAudience(deps),
  getAudience(deps),
  postEstimate(deps),
  getEstimate(deps),
  patchCampaign(deps),
  postCampaignAction("launch", deps),
  postCampaignAction("pause", deps),
  postCampaignAction("resume", deps),
  postCampaignAction("cancel", deps),
  postCampaignTest(deps),
  postCampaignPreview(deps),
  getCampaignMetrics(deps),
  getCampaignRecipients(deps),
  getUnknowns(deps),
  getUsage(deps),
  postApiKeys(deps),
  getApiKeys(deps),
  deleteApiKey(deps),
];
