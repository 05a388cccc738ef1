import { fieldOf, itemsOf } from "./answer-fields.ts";

/** What LINE said to a send; every way a call can end is one of these. */
export type LineAnswer =
  | {
      /** LINE took it. Not: delivered; LINE takes messages for people who blocked the account too. */
      readonly kind: "accepted";
      /** Of the request that was accepted, which for a repeated one is the earlier request. */
      readonly requestId: string | null;
      /** Empty for multicasts, and where LINE's answer did not arrive whole. */
      readonly sentMessageIds: readonly string[];
      /** LINE had accepted this retry key before. */
      readonly repeated: boolean;
    }
  /** Nobody got it and the same request never will be taken. */
  | {
      readonly kind: "refused";
      readonly status: number;
      /** By which LINE's support finds it. */
      readonly requestId: string | null;
      readonly message: string;
      readonly property?: string;
    }
  /** Too fast: slow the channel down, same key again. */
  | { readonly kind: "rate_limited" }
  /** The month's messages are used up, or reserved by another send. */
  | { readonly kind: "quota_exhausted" }
  /** 401: the token. */
  | { readonly kind: "unauthorized" }
  /** 403: the account's plan. */
  | { readonly kind: "forbidden" }
  /** It may have been taken or not: same key and same bytes again. */
  | { readonly kind: "unknown"; readonly reason: UnknownReason };

/** `unreachable`: no connection, so LINE cannot have it. `aborted`: the caller's signal. */
export type UnknownReason =
  | "timeout"
  | "reset"
  | "http_5xx"
  | "redirect"
  | "protocol"
  | "unreachable"
  | "aborted";

/** What arrived from LINE; `body` is undefined where it did not arrive whole. */
export interface LineReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string | undefined;
  /** Of the request; default true. Without one, nothing can have been accepted before. */
  readonly hasRetryKey?: boolean;
}

/**
 * The answer behind a reply. The status decides, as LINE asks; only 429 needs its text.
 *
 * Source: LINE Messaging API reference, Status codes, Error messages and Retry API request.
 */
export const answerOf = ({ status, headers, body, hasRetryKey = true }: LineReply): LineAnswer => {
  if (status >= 200 && status < 300) return accepted(headerOf(headers, requestIdHeader), body);
  if (status === 409 && hasRetryKey)
    return { ...accepted(headerOf(headers, acceptedIdHeader), body), repeated: true };
  if (status < 200) return { kind: "unknown", reason: "protocol" };
  if (status < 400) return { kind: "unknown", reason: "redirect" };
  if (status === 408) return { kind: "unknown", reason: "timeout" };
  if (status >= 500) return { kind: "unknown", reason: "http_5xx" };
  if (status === 401) return { kind: "unauthorized" };
  if (status === 403) return { kind: "forbidden" };
  if (status === 429)
    return { kind: /monthly limit/i.test(body ?? "") ? "quota_exhausted" : "rate_limited" };
  const requestId = headerOf(headers, requestIdHeader);
  return { kind: "refused", status, requestId, ...complaintOf(body) };
};

const requestIdHeader = "x-line-request-id";
const acceptedIdHeader = "x-line-accepted-request-id";
const textCharsMax = 300;
const sentMessagesMax = 5;

const accepted = (requestId: string | null, body: string | undefined) => ({
  kind: "accepted" as const,
  requestId,
  sentMessageIds: sentMessageIdsOf(parsed(body)),
  repeated: false,
});

const headerOf = (headers: LineReply["headers"], name: string): string | null => {
  const value = headers[name];
  const text = Array.isArray(value) ? value[0] : value;
  return text === undefined || text === "" ? null : text.slice(0, 128);
};

/** One thing LINE complains about. */
export interface LineComplaint {
  readonly message: string;
  readonly property?: string;
}

/** Everything LINE complains about; at least one thing. */
export const complaintsOf = (body: string | undefined): LineComplaint[] => {
  const answer = parsed(body);
  const general = textOf(fieldOf(answer, "message")) || "LINE gave no reason";
  const details = itemsOf(fieldOf(answer, "details")).slice(0, complaintsMax);
  if (details.length === 0) return [{ message: general.slice(0, textCharsMax) }];
  return details.map((detail) => {
    const property = textOf(fieldOf(detail, "property"));
    const message = [general, textOf(fieldOf(detail, "message"))].filter((text) => text !== "");
    return {
      message: message.join(": ").slice(0, textCharsMax),
      ...(property === "" ? {} : { property: property.slice(0, textCharsMax) }),
    };
  });
};

/** The first of them. */
export const complaintOf = (body: string | undefined): LineComplaint =>
  complaintsOf(body)[0] ?? { message: "LINE gave no reason" };

const complaintsMax = 20;

const sentMessageIdsOf = (answer: unknown): string[] =>
  itemsOf(fieldOf(answer, "sentMessages"))
    .slice(0, sentMessagesMax)
    .map((sent) => textOf(fieldOf(sent, "id")))
    .filter((id) => id !== "" && id.length <= 64);

/** Message ids have more digits than a number keeps, should LINE ever write them as numbers. */
const parsed = (body: string | undefined): unknown => {
  if (body === undefined || !body.trimStart().startsWith("{")) return undefined;
  try {
    return /"id"\s*:\s*\d/.test(body) ? JSON.parse(body, idsAsText) : JSON.parse(body);
  } catch {
    return undefined;
  }
};

const idsAsText = (key: string, value: unknown, context?: { readonly source?: string }): unknown =>
  key === "id" && typeof value === "number" ? (context?.source ?? String(value)) : value;

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
