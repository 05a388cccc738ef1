import {
  canonicalId,
  checkEmail,
  identifyRequest,
  linkProofKinds,
  type LinkProofKind,
} from "@yubin/types";
import { z } from "zod";

import type { InboxEvent } from "./inbox-event.ts";
import type { NamesGiven } from "./plan-identify.ts";

/** What an identify call says. */
export interface Identify {
  readonly names: NamesGiven;
  readonly email: string | undefined;
  readonly traits: Readonly<Record<string, unknown>>;
  /** Why the LINE ID is believed to be this person's. */
  readonly proof: LinkProofKind;
  /** By purpose; only in what came as a row of a file. */
  readonly consents: Readonly<Record<string, boolean>>;
}

// Fields that a later version of the edge stores must not make the event unreadable here.
const shape = identifyRequest.loose().extend({
  proof: z.enum(linkProofKinds).optional(),
  consents: z.record(z.string(), z.boolean()).optional(),
});

/** Reads a stored identify call; undefined where it does not have the shape of one. */
export const readIdentify = ({ body }: InboxEvent): Identify | undefined => {
  const parsed = shape.safeParse(body);
  if (!parsed.success) return undefined;
  const {
    userId,
    anonymousId,
    traits = {},
    context,
    proof = "server_key",
    consents = {},
  } = parsed.data;
  const { email } = traits;
  return {
    names: {
      user: userId === undefined ? undefined : canonicalId(userId),
      line:
        context?.line?.userId === undefined
          ? undefined
          : { provider: context.line.provider, lineUserId: context.line.userId },
      anon: anonymousId === undefined ? undefined : canonicalId(anonymousId),
    },
    email:
      typeof email === "string" && !checkEmail(email, "email") ? email.toLowerCase() : undefined,
    traits,
    proof,
    consents,
  };
};

/** What a caller adds to an event says nothing about the person. */
export const withoutTraits = (event: InboxEvent): InboxEvent => {
  const { traits: _traits, context: _context, ...body } = event.body;
  return { ...event, body };
};
