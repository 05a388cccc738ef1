/** What to do about a message of which nobody can say whether LINE has it. Nothing repeats it by itself. */
export const adviceFor = (reason: string | null): string =>
  (reason !== null && Object.hasOwn(advice, reason) ? advice[reason] : undefined) ?? usual;

const usual =
  "LINE may have delivered this. If it must arrive, look into the chat with this person or ask them, and send them a message of its own.";

const advice: Readonly<Record<string, string>> = {
  retry_key_expired:
    "LINE gave no clear answer for 23 hours, and asking longer could deliver twice. If it must arrive, look into the chat with this person or ask them, and send them a message of its own.",
  reply_unknown:
    "It was sent as a free reply and LINE's answer was lost, so it may have been delivered. LINE cannot be asked about replies, and a push could be a second message: look into the chat with this person or ask them before sending one of its own.",
  campaign_cancelled:
    "The call to LINE was open when the campaign was cancelled, so it may have been delivered. Nothing more is sent; tell this person only if a second message does no harm.",
  poison:
    "Processes died with this batch again and again; the dead letters have it. It may have been delivered: look into the chat with this person before sending a message of its own.",
  erased:
    "The call to LINE was open when somebody in it was erased, so it may have been delivered and is not repeated. Where the person is still known, send a message of its own if it must arrive.",
};
