import { z } from "zod";

import { limits } from "./limits.ts";
import { linkProofKinds } from "./people.ts";
import { isLineUserId, isProvider } from "./refs.ts";

/**
 * What callers and operators tell of people, as ingress stores it in `events.body` and identity applies it. Consumers
 * ignore fields that they do not know. `identify` is not here: its body is the request's, see `identifyRequest`.
 */
const id = z.string().min(1).max(limits.externalIdChars);
const profileId = z.string().min(1).max(64);
const named = { userId: id.optional(), anonymousId: id.optional() };
const values = z.record(z.string(), z.json());
const view = {
  name: z.string().optional(),
  category: z.string().optional(),
  properties: values.optional(),
};
const lineId = {
  provider: z.string().refine(isProvider, "not a provider label"),
  lineUserId: z.string().refine(isLineUserId, "not a LINE user ID"),
};

/** Facts in Segment's words, stored with `source: "track"`. */
export const trackFacts = {
  track: z.object({ ...named, event: z.string(), properties: values.optional() }),
  page: z.object({ ...named, ...view }),
  screen: z.object({ ...named, ...view }),
  group: z.object({ ...named, groupId: z.string(), traits: values.optional() }),
  /** Two names of one person, said outright: their profiles are merged. */
  alias: z.object({ previousId: id, userId: id }),
} as const;

/** What is to be done to a person, stored with `source: "api"`. `profileId` is whom the caller's reference led to. */
export const personCommands = {
  /** Sets traits; null takes one away. */
  patch: z.object({ profileId, traits: values }),
  consent: z.object({
    profileId,
    purpose: z.string(),
    granted: z.boolean(),
    source: z.string(),
  }),
  suppress: z.object({ profileId, suppressed: z.boolean(), reason: z.string() }),
  link: z.object({ profileId, ...lineId, proof: z.enum(linkProofKinds) }),
  unlink: z.object({ profileId, ...lineId }),
  merge: z.object({ from: profileId, into: profileId }),
  /** What a merge would do, written down and not done. */
  preview: z.object({ from: profileId, into: profileId }),
  undo: z.object({ mergeId: z.string() }),
  /** Gives the LINE ID to one of those who claim it; `to` may be the holder. */
  resolve: z.object({ conflictId: z.string(), to: profileId }),
  erase: z.object({ profileId }),
} as const;

export type TrackFact<Kind extends keyof typeof trackFacts> = z.output<(typeof trackFacts)[Kind]>;
export type PersonCommand = keyof typeof personCommands;
export type CommandBody<Command extends PersonCommand> = z.output<(typeof personCommands)[Command]>;
