import type { FrozenSend, MessageView, Outcome } from "@yubin/types";

/** A message on its own, as far as its sender may see it. */
export interface Message {
  readonly id: string;
  readonly channelId: string;
  readonly campaignId: string | null;
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  readonly profileId: string | null;
  readonly lineUserId: string | null;
  /** LINE has been asked, or is about to be. */
  readonly attempted: boolean;
  readonly queuedAt: Date;
  readonly firstAttemptAt: Date | null;
  readonly settledAt: Date | null;
  readonly lineRequestId: string | null;
  readonly sentMessageIds: readonly string[];
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
}

export const messageView = (message: Message): MessageView => ({
  id: message.id,
  state: message.outcome ?? (message.attempted ? "sending" : "queued"),
  outcome: message.outcome,
  reason: message.reason,
  to: { profileId: message.profileId, lineUserId: message.lineUserId },
  channelId: message.channelId,
  campaignId: message.campaignId,
  queuedAt: message.queuedAt.toISOString(),
  firstAttemptAt: message.firstAttemptAt?.toISOString() ?? null,
  settledAt: message.settledAt?.toISOString() ?? null,
  lineRequestId: message.lineRequestId,
  sentMessageIds: message.sentMessageIds,
});
