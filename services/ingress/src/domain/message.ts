import type { Clicks, FrozenSend, MessageView, Outcome, TemplateUse } from "@yubin/types";

import { adviceFor } from "./unknown-advice.ts";

/** A message on its own, as far as its sender may see it. */
export interface Message {
  readonly id: string;
  readonly channelId: string;
  readonly campaignId: string | null;
  readonly template: TemplateUse | null;
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  /** By which call LINE was asked last; null as long as it was not. */
  readonly via: "push" | "reply" | null;
  readonly profileId: string | null;
  readonly lineUserId: string | null;
  /** LINE has been asked, or is about to be. */
  readonly attempted: boolean;
  readonly queuedAt: Date;
  readonly sendAt: Date | null;
  /** When the sender looks at it next; null while somebody works on it, and once it has an end. */
  readonly looksAt: Date | null;
  /** Nothing of it was sent before. */
  readonly dueAt: Date;
  readonly firstAttemptAt: Date | null;
  readonly settledAt: Date | null;
  readonly lineRequestId: string | null;
  readonly sentMessageIds: readonly string[];
  /** LINE's words about a refusal. */
  readonly detail: string | null;
  /** Whether clicks on its links are counted; null where its words, and that with them, are erased. */
  readonly tracked: boolean | null;
}

export interface NewMessageFacts {
  readonly workspaceId: string;
  readonly idempotencyKey: string | undefined;
  /** Of the campaign that this is a test of, so that its templates say what they will. */
  readonly campaignName?: string;
  readonly now: Date;
}

export interface Messages {
  /** Stores a message to be sent; `other` where its id is taken by another request. */
  add(
    request: FrozenSend,
    facts: NewMessageFacts,
  ): Promise<{ readonly kind: "stored" | "other"; readonly id: string }>;
  find(workspaceId: string, messageId: string): Promise<Message | undefined>;
  /** True where this ended it; false where it is not there, has an end, or is being sent. */
  cancel(workspaceId: string, messageId: string, now: Date): Promise<boolean>;
}

export const messageView = (message: Message, clicks: Clicks | null, now: Date): MessageView => ({
  id: message.id,
  state: message.outcome ?? (message.attempted ? "sending" : "queued"),
  outcome: message.outcome,
  reason: message.reason,
  via: message.via,
  billed: isBilled(message),
  to: { profileId: message.profileId, lineUserId: message.lineUserId },
  channelId: message.channelId,
  campaignId: message.campaignId,
  template: message.template,
  queuedAt: message.queuedAt.toISOString(),
  sendAt: message.sendAt?.toISOString() ?? null,
  waitsUntil: message.looksAt && message.looksAt > now ? message.looksAt.toISOString() : null,
  firstAttemptAt: message.firstAttemptAt?.toISOString() ?? null,
  settledAt: message.settledAt?.toISOString() ?? null,
  lineRequestId: message.lineRequestId,
  sentMessageIds: message.sentMessageIds,
  clicks,
  advice: message.outcome === "unknown" ? adviceFor(message.reason) : null,
  detail: message.detail,
});

/** LINE counts what it accepted, but no reply. */
const isBilled = ({ via, outcome }: Message): boolean | null => {
  if (via === "reply") return false;
  if (via === null || outcome === null || outcome === "unknown") return null;
  return outcome === "accepted";
};
