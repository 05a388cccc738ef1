/**
 * Every foreseen failure: what HTTP answers, and what a job does with it.
 *
 * `retry`: `never` ends the work, `later` waits without spending an attempt, `backoff` tries again with growing pauses.
 * `meaning` is for the person who reads `docs/errors.md`, which is generated from this table.
 */
export const failures = {
  // Webhooks in
  signature_missing: {
    status: 401,
    retry: "never",
    meaning: "The x-line-signature header is absent. LINE always sends it.",
  },
  signature_invalid: {
    status: 401,
    retry: "never",
    meaning:
      "The signature does not match the bytes, or the channel is unknown; both answer the same.",
  },
  destination_mismatch: {
    status: 400,
    retry: "never",
    meaning: "The body names another bot than the channel in the URL.",
  },
  encoding_unsupported: {
    status: 415,
    retry: "never",
    meaning: "Compressed bodies are not accepted.",
  },
  body_too_large: {
    status: 413,
    retry: "never",
    meaning:
      "The body is over the limit of this endpoint (webhooks 1 MiB, API 256 KiB, batches 512 KiB).",
  },
  body_timeout: {
    status: 408,
    retry: "never",
    meaning: "The request did not arrive whole within the time allowed.",
  },
  body_shape: {
    status: 400,
    retry: "never",
    meaning: "The body is JSON, but not of the expected shape.",
  },
  json_invalid: { status: 400, retry: "never", meaning: "The body is not valid UTF-8 JSON." },
  json_too_deep: {
    status: 400,
    retry: "never",
    meaning: "The JSON is nested deeper than 32 levels.",
  },
  too_many_events: {
    status: 400,
    retry: "never",
    meaning: "More events in one webhook than accepted (10,000).",
  },

  // Requests
  request_invalid: {
    status: 400,
    retry: "never",
    meaning: "The request cannot be understood; the message says what is wrong.",
  },
  header_too_large: {
    status: 431,
    retry: "never",
    meaning: "The request line and the headers are over 16 KiB together.",
  },
  unknown_field: {
    status: 400,
    retry: "never",
    meaning: "A field of the body or query is not known here; `field` names it.",
  },
  field_not_allowed: {
    status: 400,
    retry: "never",
    meaning: "A list cannot be filtered or sorted by this; `field` names it.",
  },
  type_invalid: {
    status: 400,
    retry: "never",
    meaning: "A value has the wrong type; `field` names it.",
  },
  param_invalid: {
    status: 400,
    retry: "never",
    meaning: "A path or query parameter is out of its range.",
  },
  cursor_invalid: {
    status: 400,
    retry: "never",
    meaning: "The cursor was not issued by this list, or was changed.",
  },
  key_invalid: {
    status: 400,
    retry: "never",
    meaning:
      "An attribute key is empty, over 64 characters, or has `$`, `.` or a control character.",
  },
  key_forbidden: {
    status: 400,
    retry: "never",
    meaning: "A key that is never allowed, such as `__proto__`.",
  },
  unicode_invalid: {
    status: 400,
    retry: "never",
    meaning: "A text holds a lone surrogate or a NUL.",
  },
  number_out_of_range: { status: 400, retry: "never", meaning: "A number cannot be kept exactly." },
  date_invalid: {
    status: 400,
    retry: "never",
    meaning: "Not an RFC 3339 time with a zone, or not a date that exists.",
  },
  email_invalid: { status: 400, retry: "never", meaning: "Not an e-mail address." },
  identifier_invalid: {
    status: 400,
    retry: "never",
    meaning: "An id holds invisible or control characters, or is too long.",
  },
  identifier_reserved: {
    status: 422,
    retry: "never",
    meaning:
      "An id such as `null`, `undefined`, `test` or blank, which many people would share by mistake.",
  },
  limit_exceeded: {
    status: 422,
    retry: "never",
    meaning: "Over a stated limit; the message names the limit and the count.",
  },
  content_type_unsupported: {
    status: 415,
    retry: "never",
    meaning: "The body must be application/json.",
  },
  method_not_allowed: {
    status: 405,
    retry: "never",
    meaning: "The path exists, the method does not.",
  },
  not_found: { status: 404, retry: "never", meaning: "Nothing here by that id in this workspace." },
  batch_too_large: { status: 413, retry: "never", meaning: "More than 1,000 rows in one batch." },

  csv_invalid: {
    status: 400,
    retry: "never",
    meaning:
      "The file cannot be read on from the row that the message names: quotes, UTF-8, a line that is too long, its header.",
  },

  // Access
  auth_missing: { status: 401, retry: "never", meaning: "No API key was given." },
  auth_invalid: {
    status: 401,
    retry: "never",
    meaning: "The API key is malformed, unknown, revoked or expired.",
  },
  auth_in_url_refused: {
    status: 401,
    retry: "never",
    meaning: "An API key was put into the URL. Revoke it: URLs are logged on the way.",
  },
  auth_rate_limited: {
    status: 429,
    retry: "later",
    meaning: "Too many wrong keys from this address.",
  },
  scope_missing: {
    status: 403,
    retry: "never",
    meaning: "The key lacks the scope that the message names.",
  },
  rate_limited: {
    status: 429,
    retry: "later",
    meaning: "Too many requests with this key; see Retry-After.",
  },
  idempotency_key_invalid: {
    status: 400,
    retry: "never",
    meaning: "Idempotency-Key must be 1–255 visible ASCII characters.",
  },
  idempotency_mismatch: {
    status: 409,
    retry: "never",
    meaning: "The same Idempotency-Key was used with another request.",
  },
  in_progress: {
    status: 409,
    retry: "later",
    meaning:
      "The same Idempotency-Key, or what is to be cancelled, is being worked on at this moment.",
  },

  // Channels
  token_invalid: {
    status: 422,
    retry: "never",
    meaning: "LINE refuses the channel access token, or it cannot be one.",
  },
  secret_invalid: {
    status: 422,
    retry: "never",
    meaning: "The channel secret cannot be one, or does not belong to this channel.",
  },
  channel_taken: {
    status: 409,
    retry: "never",
    meaning: "This LINE channel is already connected.",
  },
  webhook_url_invalid: {
    status: 422,
    retry: "never",
    meaning: "LINE does not accept the webhook URL; check PUBLIC_URL.",
  },

  // People
  line_id_taken: {
    status: 409,
    retry: "never",
    meaning: "The LINE ID belongs to another known person; it waits in the conflict queue.",
  },
  too_many_links: {
    status: 409,
    retry: "never",
    meaning: "A person can have at most 50 LINE IDs.",
  },
  provider_unknown: {
    status: 422,
    retry: "never",
    meaning: "No connected channel has this provider.",
  },
  provider_missing: {
    status: 422,
    retry: "never",
    meaning: "There are channels of several providers, so a LINE ID must say whose it is.",
  },
  proof_unsupported: {
    status: 422,
    retry: "never",
    meaning: "This kind of proof for a LINE ID is not accepted here.",
  },
  undo_expired: {
    status: 409,
    retry: "never",
    meaning: "The time in which the merge could be undone is over.",
  },
  undo_blocked: {
    status: 409,
    retry: "never",
    meaning: "A later merge of the same person has to be undone first, or the merge is not done.",
  },
  link_refused: {
    status: 409,
    retry: "never",
    meaning: "The LINE ID was not linked or unlinked; the message says why.",
  },
  link_unknown: {
    status: 404,
    retry: "never",
    meaning: "No such click link: it was never sent, was changed, or is over 400 days old.",
  },
  link_token_invalid: {
    status: 422,
    retry: "never",
    meaning: "The one-time link is unknown, expired, used, or made for somebody else.",
  },
  login_channel_missing: {
    status: 422,
    retry: "never",
    meaning:
      "No channel of this provider names a LINE Login channel; set `loginChannelId` by PATCH /v1/channels/:id.",
  },
  id_token_invalid: {
    status: 422,
    retry: "never",
    meaning: "LINE does not take this ID token.",
  },
  id_token_expired: { status: 422, retry: "never", meaning: "The ID token has expired." },
  id_token_audience: {
    status: 422,
    retry: "never",
    meaning: "The ID token was made for another LINE Login channel.",
  },
  id_token_issuer: { status: 422, retry: "never", meaning: "The ID token is not LINE's." },
  id_token_nonce: {
    status: 422,
    retry: "never",
    meaning: "The ID token was made for another login: its nonce differs.",
  },
  id_token_subject: {
    status: 422,
    retry: "never",
    meaning: "The ID token is somebody else's than `context.line.userId` says.",
  },
  access_token_invalid: {
    status: 422,
    retry: "never",
    meaning: "LINE does not take this user access token, or it has expired.",
  },
  access_token_audience: {
    status: 422,
    retry: "never",
    meaning: "The user access token was made for another LINE Login channel.",
  },
  profile_erased: { status: 410, retry: "never", meaning: "The person asked to be forgotten." },

  // Sending
  line_limit: {
    status: 422,
    retry: "never",
    meaning:
      "LINE would not take this in a message: over a limit, missing, or of another form. `field` and the message name it.",
  },
  message_type: { status: 422, retry: "never", meaning: "Not a message type that LINE knows." },
  message_too_complex: {
    status: 422,
    retry: "never",
    meaning: "The message is nested too deeply or has too many parts.",
  },
  request_too_large: { status: 422, retry: "never", meaning: "The message is over LINE's 2 MB." },
  url_invalid: {
    status: 422,
    retry: "never",
    meaning:
      "A URL in a message is not one LINE accepts: its scheme, length or encoding, or it holds credentials.",
  },
  url_private: {
    status: 422,
    retry: "never",
    meaning: "A URL points to a private or local address.",
  },
  template_syntax: { status: 422, retry: "never", meaning: "The Liquid template does not parse." },
  template_tag_forbidden: {
    status: 422,
    retry: "never",
    meaning: "A Liquid tag that reads other templates or files.",
  },
  template_archived: {
    status: 409,
    retry: "never",
    meaning: "The saved template is archived: it can be read, and nothing new is sent from it.",
  },
  template_changed: {
    status: 409,
    retry: "never",
    meaning:
      "Somebody saved another version of the template meanwhile; read it, and change that one.",
  },
  template_too_large: { status: 413, retry: "never", meaning: "The template is over 64 KiB." },
  audience_too_large: {
    status: 422,
    retry: "never",
    meaning: "More references than one request can carry, or more rows than a list may have.",
  },
  audience_exists: {
    status: 409,
    retry: "never",
    meaning:
      "The campaign has an uploaded list already; `replace=true` puts another in its place, and the one begun last counts.",
  },
  send_at_invalid: {
    status: 422,
    retry: "never",
    meaning: "`sendAt` is in the past, too far ahead, or has no zone.",
  },
  rate_out_of_range: {
    status: 422,
    retry: "never",
    meaning: "A rate must be above 0 and at most LINE's own limit.",
  },
  variant_name_invalid: {
    status: 422,
    retry: "never",
    meaning:
      "The name of a variant is reserved, another variant of the campaign has it, or not all of it can be seen.",
  },
  variant_unknown: {
    status: 422,
    retry: "never",
    meaning: "The campaign has no variant of this name that could be sent.",
  },
  state_invalid: {
    status: 409,
    retry: "never",
    meaning:
      "The campaign, message, import or backfill is in a state that does not allow this; the message names it.",
  },
  backfill_running: {
    status: 409,
    retry: "never",
    meaning: "The channel's followers are being brought in already; the message names by what.",
  },
  campaign_locked: {
    status: 409,
    retry: "never",
    meaning: "A campaign that has started cannot be changed any more.",
  },

  // Jobs
  payload_invalid: {
    status: 422,
    retry: "never",
    meaning: "The job's payload does not fit its contract.",
  },
  version_unsupported: {
    status: 422,
    retry: "later",
    meaning: "The job was written by a newer version; it waits for a worker that knows it.",
  },
  job_unknown: { status: 422, retry: "never", meaning: "No worker here knows a job of this name." },
  job_id_invalid: {
    status: 422,
    retry: "never",
    meaning:
      "A job id that BullMQ cannot keep: empty, all digits, with `:`, or over 300 characters.",
  },
  poison: {
    status: 422,
    retry: "never",
    meaning: "Processes died with this batch again and again, so the rest of it was not tried.",
  },
  workspace_mismatch: {
    status: 422,
    retry: "never",
    meaning: "The job names rows of another workspace.",
  },

  // LINE
  "line.unauthorized": {
    status: 502,
    retry: "never",
    meaning: "LINE refuses the channel's token (401).",
  },
  "line.forbidden": {
    status: 502,
    retry: "never",
    meaning: "LINE does not allow this to the account (403).",
  },
  "line.refused": {
    status: 502,
    retry: "never",
    meaning: "LINE refuses the request (400, 404, 410, 413, 415, 422).",
  },
  "line.rate_limited": { status: 503, retry: "later", meaning: "LINE's rate limit (429)." },
  "line.quota_exhausted": {
    status: 503,
    retry: "later",
    meaning: "The month's messages are used up or reserved (429).",
  },
  "line.unavailable": {
    status: 503,
    retry: "backoff",
    meaning: "LINE did not answer in time, or answered 5xx.",
  },

  // Ourselves
  "store.unavailable": {
    status: 503,
    retry: "backoff",
    meaning: "MongoDB did not answer in time. Nothing was accepted; send it again.",
  },
  "queue.unavailable": {
    status: 503,
    retry: "backoff",
    meaning: "Redis did not answer in time. What was stored will be picked up.",
  },
  internal: {
    status: 500,
    retry: "backoff",
    meaning: "A fault of ours; the request id finds it in the logs.",
  },
} as const satisfies Record<string, FailureRow>;

export interface FailureRow {
  readonly status: number;
  readonly retry: "never" | "later" | "backoff";
  readonly meaning: string;
}

export type FailureCode = keyof typeof failures;
