/** What to do about a message of which nobody can say whether LINE has it. Nothing repeats it by itself. */
export const adviceFor = (reason: string | null): string =>
  `${(reason !== null && Object.hasOwn(why, reason) ? why[reason] : undefined) ?? usual} ${again}`;

/** The old key would answer with what became of the old message. */
const again =
  "To send it again on purpose, send this person a message of its own: POST /v1/messages, or yubin messages send, under an Idempotency-Key that was never used.";

const usual =
  "LINE may have delivered this. If it must arrive, look into the chat with this person or ask them first.";

const why: Readonly<Record<string, string>> = {
  retry_key_expired:
    "LINE gave no clear answer for 23 hours, and asking longer could deliver twice. If it must arrive, look into the chat with this person or ask them first.",
  expired:
    "LINE gave no clear answer before the message was too late to be sent. It may have been delivered: if it matters still, look into the chat with this person or ask them first.",
  reply_unknown:
    "It was sent as a free reply and LINE's answer was lost, so it may have been delivered. LINE cannot be asked about replies, and a push could be a second message: look into the chat with this person or ask them first.",
  campaign_cancelled:
    "The call to LINE was open when the campaign was cancelled, so it may have been delivered. Nothing more is sent; write to this person only if a second message does no harm.",
  poison:
    "Processes died with this batch again and again; the dead letters have it. It may have been delivered: look into the chat with this person first.",
  erased:
    "The call to LINE was open when somebody in it was erased, so it may have been delivered and is not repeated. Where the person is still known, look into the chat with them first.",
};
