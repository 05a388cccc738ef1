import { limits } from "./limits.ts";
import { z } from "zod";

import { isLineUserId, isProvider } from "./refs.ts";
import { callNames, segmentFields } from "./segment-fields.ts";

/** Body of `POST /v1/identify`, as Segment's clients shape it. Only the LINE part of `context` is read. */
export const identifyRequest = z.strictObject({
  ...callNames,
  traits: z.record(z.string(), z.json()).optional(),
  context: z
    .looseObject({
      line: z
        .strictObject({
          provider: z.string().refine(isProvider, "not a provider label"),
          userId: z.string().refine(isLineUserId, "not a LINE user ID").optional(),
          /** Proofs: an ID token of LINE Login or LIFF, or the token of one of our one-time links. */
          idToken: z.string().min(1).max(8_192).optional(),
          linkToken: z.string().min(1).max(128).optional(),
        })
        .optional(),
    })
    .optional(),
  type: z.literal("identify").optional(),
  ...segmentFields,
});
export type IdentifyRequest = z.output<typeof identifyRequest>;

/** Body of `PATCH /v1/profiles/:ref`: null takes a trait away. */
export const profilePatch = z.strictObject({ traits: z.record(z.string(), z.json()) });

/** Body of `PUT /v1/profiles/:ref/consents/:purpose`. */
export const consentRequest = z.strictObject({
  granted: z.boolean(),
  source: z.string().min(1).max(limits.consentSourceChars),
});

/** Body of `PUT /v1/profiles/:ref/suppression`. */
export const suppressionRequest = z.strictObject({
  reason: z.string().min(1).max(limits.suppressionReasonChars),
});

export type FriendshipState = "following" | "blocked";

/** What a friendship is known by: a webhook, LINE's list of followers when people were brought in, or a later check. */
export type FriendshipSource = "follow" | "unfollow" | "backfill" | "reconciliation";

/**
 * How we know that a LINE ID is this person's, the strongest first: LINE confirmed it (`account_link`, `id_token`), the
 * person did with a one-time link (`link_page`, or `link_code` by sending its code in the chat), a caller with a
 * server-side key said so, the person followed, LINE told us of anything else they did, or listed them as a follower.
 */
export const linkProofKinds = [
  "account_link",
  "id_token",
  "link_page",
  "link_code",
  "server_key",
  "follow",
  "event",
  "followers_list",
] as const;
export type LinkProofKind = (typeof linkProofKinds)[number];

export interface LinkProof {
  readonly kind: LinkProofKind;
  readonly at: string;
}

/** A yes or no for one purpose, with when and through what it was given. */
export interface ConsentView {
  readonly granted: boolean;
  readonly at: string;
  readonly source: string;
}

export interface SuppressionView {
  readonly at: string;
  readonly reason: string;
}

/** Answer of `GET /v1/profiles/:ref`. */
export interface ProfileView {
  readonly id: string;
  readonly externalId: string | null;
  /** With the canonical LINE ID as `line_id`, where it is of one provider: of several none is the person's. */
  readonly traits: Readonly<Record<string, unknown>>;
  /** The canonical LINE ID per provider. */
  readonly lineId: Readonly<Record<string, string>>;
  readonly lineAccounts: readonly {
    readonly provider: string;
    readonly lineUserId: string;
    readonly displayName: string | null;
    readonly linkedAt: string;
    readonly proof: LinkProof;
    readonly friendship: Readonly<
      Record<
        string,
        {
          readonly state: FriendshipState;
          readonly at: string;
          readonly eventId: string;
          /** Absent where it was learnt before this was kept. */
          readonly by?: FriendshipSource;
          /** When LINE last said the same when asked. */
          readonly confirmedAt?: string;
        }
      >
    >;
  }[];
  readonly consents: Readonly<Record<string, ConsentView>>;
  readonly suppressed: boolean;
  readonly suppression: SuppressionView | null;
  readonly mergedFrom: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
}
