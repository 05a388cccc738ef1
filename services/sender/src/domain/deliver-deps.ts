import type { Patience } from "./flights.ts";
import type { FreezeDeps } from "./freeze-people.ts";
import type { Batch } from "./batch.ts";
import type { Lead } from "./lead.ts";
import type {
  Campaigns,
  Channels,
  ClaimedBatches,
  Contacts,
  Families,
  Pacer,
  People,
  ReplyTokens,
  RulesOf,
  SendCall,
  Tokens,
} from "./ports.ts";

/** All that delivering a batch needs of the world. */
export interface DeliverDeps extends FreezeDeps {
  readonly batches: ClaimedBatches;
  readonly campaigns: Campaigns;
  readonly channels: Channels;
  readonly people: People;
  readonly families: Families;
  readonly contacts: Contacts;
  readonly rulesOf: RulesOf;
  readonly pacer: Pacer;
  readonly replyTokens: ReplyTokens;
  readonly tokens: Tokens;
  readonly sendCall: SendCall;
  readonly now: () => Date;
  readonly random: () => number;
  readonly newToken: () => string;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly untilSlot: (ms: number) => Promise<void>;
  /** For batches of campaigns, and for messages on their own. */
  readonly leads: Readonly<Record<"bulk" | "single", Lead>>;
  /** How long the next calls of a batch wait for answers to the last ones. */
  readonly patience: Patience;
  /** LINE forgets a retry key after 24 h; from this age on nothing is repeated. */
  readonly retryKeyUsableMs: number;
  /** Everybody of a batch of a campaign was tried, and only answers are missing: there is room for another. */
  readonly onTried?: (batch: Batch) => void;
  /** For crash tests: called around every effect. */
  readonly step?: (name: string) => void | Promise<void>;
}
