/** Where an event came from. */
export type EventSource =
  | { readonly type: "user"; readonly userId: string }
  | { readonly type: "group"; readonly groupId: string; readonly userId?: string };

/** A webhook event in LINE's shape: the common fields, and those of its type. */
export interface WebhookEvent {
  readonly type: string;
  readonly mode: "active" | "standby";
  readonly timestamp: number;
  readonly source?: EventSource;
  readonly webhookEventId: string;
  readonly deliveryContext: { readonly isRedelivery: boolean };
  readonly replyToken?: string;
  readonly [field: string]: unknown;
}
