export type { BackfillCalls } from "./backfill-calls.ts";
export type { CampaignCalls, CampaignListOptions, RecipientFilter } from "./campaign-calls.ts";
export type { CallOptions, ConnectionOptions } from "./call.ts";
export { createYubinClient, type YubinClient } from "./client.ts";
export type { ImportCalls, ImportFile } from "./import-calls.ts";
export type { LineLinkCalls, MadeLineLink } from "./line-link-calls.ts";
export type { MessageCalls } from "./message-calls.ts";
export type { ConflictCalls, MergeCalls, MergePair } from "./merge-calls.ts";
export { isAccepted, type Accepted, type Done, type Page, type PageOptions } from "./paging.ts";
export type { ExportFormat, PeopleCalls, PeopleFilter } from "./people-calls.ts";
export {
  createSendProducer,
  sendsPrefix,
  type SendOptions,
  type SendProducer,
  type SendProducerOptions,
} from "./send-producer.ts";
export type { TemplateCalls } from "./template-calls.ts";
export type { UnknownCalls, UnknownFilter } from "./unknown-calls.ts";
export { YubinError, type YubinErrorDetails } from "./yubin-error.ts";
