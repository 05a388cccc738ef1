/** Every limit that more than one part of the system knows, with its unit last. */
export const limits = {
  webhookBodyBytes: 1_048_576,
  apiBodyBytes: 262_144,
  /** Segment's clients fill a batch up to 500 KB. */
  batchBodyBytes: 524_288,
  jsonDepth: 32,
  webhookEventsMax: 10_000,
  batchRowsMax: 1_000,
  listLimitMax: 200,
  listLimitDefault: 50,

  traitsMax: 100,
  traitKeyChars: 64,
  traitStringBytes: 4_096,
  externalIdChars: 255,
  /** Of an event, page, screen or group. */
  trackNameChars: 1_024,
  lineAccountsMax: 50,
  /** Of a merged person: two who had all they may have still fit, several times. */
  mergedTraitsMax: 500,
  mergedProfilesMax: 500,
  /** Merges by themselves into one person; more are held for people to look at. */
  mergesPerHourMax: 20,
  /** A merge can be undone for so long, unless the workspace says otherwise; facts are kept for longer than that. */
  undoWindowMs: 14 * 86_400_000,
  undoWindowMaxMs: 28 * 86_400_000,
  consentsMax: 100,
  purposeChars: 64,
  consentSourceChars: 200,
  capMessagesMax: 1_000,
  capDaysMax: 90,
  suppressionReasonChars: 200,

  /** Of a file of people; what is not applied by identity's rules is told row by row. */
  importBytes: 1_073_741_824,
  importRowBytes: 262_144,
  importColumnsMax: 200,
  importProblemsMax: 1_000,

  /** A webhook event older than this is not applied; its id is remembered longer. */
  eventAgeMaxMs: 7 * 86_400_000,
  eventFutureMaxMs: 600_000,
  eventRetentionMs: 30 * 86_400_000,
  eventIdChars: 128,

  /** LINE: message objects in one request. */
  messagesMax: 5,
  /** LINE: users in one multicast. */
  multicastRecipientsMax: 500,
  /** Recipients of one stored batch when each gets words of their own. */
  personalBatchRecipients: 200,
  /** LINE remembers a retry key for 24 h; an outcome still unknown then is parked an hour before. */
  retryKeyUsableMs: 23 * 3_600_000,
  /** LINE's calls per second and channel. */
  pushPerSecond: 2_000,
  multicastPerSecond: 200,
  replyPerSecond: 2_000,

  /** LINE takes a reply token for a minute from when its webhook came, or came again. */
  replyTokenLifeMs: 60_000,
  /** So old a token is not used any more: the call takes some time as well. */
  replyTokenUsableMs: 45_000,
  /** LINE takes none from this age of its event on, however often that is delivered. */
  replyTokenAgeMaxMs: 20 * 60_000,

  templateChars: 65_536,
  /** Of a saved template; each is kept for ever. */
  templateVersionsMax: 999_999,
  /** Variants of one campaign; one alone only beside a control group. */
  variantsMax: 10,
  variantNameChars: 40,
  /** The same in UTF-16 units, as one character may be many. */
  variantNameUnits: 200,
  variantWeightMax: 1_000,
  /** More would be a campaign to nearly nobody. */
  controlPercentMax: 90,
  campaignRefsMax: 5_000,
  /** Of a list that is uploaded: its bytes and a row's are those of an import. */
  listRowsMax: 5_000_000,
  listPageRows: 500,
  /** A page is one document, and a batch made of it has the words of its people as well. */
  listPageBytes: 4_000_000,
  /** An estimate counts so many people one by one, and a random part of those beyond. */
  estimateExactMax: 200_000,
  excludedRefsMax: 1_000,
  excludedCampaignsMax: 10,
  /** Of a filter: how deep it may be nested, and how many conditions it may have in all. */
  filterDepthMax: 5,
  filterConditionsMax: 50,
  /** Of the series in a campaign's metrics. */
  seriesPointsMax: 1_000,
  throttlePerMinuteMax: 1_000_000,
  /** People of one test of a campaign. */
  campaignTestsMax: 10,
  /** Links of ours lead on for so long from when they were made, and clicks on them are kept as long. */
  clickLinkLifeMs: 400 * 86_400_000,
  sendAtAheadMs: 366 * 86_400_000,
  idempotencyKeyChars: 255,

  /** A stored row without progress for this long is handed to the queue again. */
  sweepAfterMs: 10_000,
} as const;
