import { canonicalId, checkEmail, identifyRequest } from "@yubin/types";

import type { InboxEvent } from "./inbox-event.ts";
import type { NamesGiven } from "./plan-identify.ts";

/** What an identify call says. */
export interface Identify {
  readonly names: NamesGiven;
  readonly email: string | undefined;
  readonly traits: Readonly<Record<string, unknown>>;
}

// Fields that a later version of the edge stores must not make the event unreadable here.
const shape = identifyRequest.loose();

/** Reads a stored identify call; undefined where it does not have the shape of one. */
export const readIdentify = ({ body }: InboxEvent): Identify | undefined => {
  const parsed = shape.safeParse(body);
  if (!parsed.success) return undefined;
  const { userId, anonymousId, traits = {}, context } = parsed.data;
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
  };
};
