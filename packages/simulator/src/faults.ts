import { endpoints } from "./endpoints.ts";
import type { Endpoint } from "./endpoints.ts";
import { InvalidError } from "./lever-errors.ts";
import { fractionOf, hash32 } from "./random.ts";

/** The ways in which LINE can misbehave. "After accept" means the message went out and the caller cannot know. */
export const faultKinds = [
  "resetBefore",
  "resetAfterAccept",
  "error500Before",
  "error500AfterAccept",
  "hangBefore",
  "hang",
  "rate429",
  "slow",
  "garbage200",
  "hugeBody",
  "redirect302",
] as const;

/** One way to misbehave. */
export type FaultKind = (typeof faultKinds)[number];

/** Where a fault strikes, how often, and how long it lasts. */
export interface FaultRule {
  readonly kind: FaultKind;
  /** The endpoint, or all of them. Default `"any"`. */
  readonly endpoint?: Endpoint | "any";
  /** Only this channel's requests. Default: all channels. */
  readonly channelId?: string;
  /** How long `hang` and `hangBefore` keep the connection open without an answer. Default 30 s. */
  readonly hangMs?: number;
  /** How much later `slow` answers. Default 1 s. */
  readonly latencyMs?: number;
}

/** A rule that strikes a share of all requests. */
export interface RatedFault extends FaultRule {
  /** The share of requests struck, 0 to 1. */
  readonly rate: number;
}

/** A rule that strikes the next requests. */
export interface NextFault extends FaultRule {
  /** How many requests are struck. Default 1. */
  readonly count?: number;
}

/** What faults need to know of a request to choose. */
export interface FaultSubject {
  readonly channelId: string;
  readonly endpoint: Endpoint;
  /** What the request says, as a hash: the same content is struck alike in every run, whatever its order. */
  readonly contentHash: number;
}

/** Decides which requests go wrong. */
export interface Faults {
  /** Replaces the rated rules. */
  set(rules: readonly RatedFault[]): void;
  /** Strikes the next matching requests, before any rated rule. */
  next(rule: NextFault): void;
  clear(): void;
  rules(): {
    rated: readonly RatedFault[];
    next: readonly Required<Pick<NextFault, "kind" | "count">>[];
  };
  /** Whether there is nothing to choose from: spares the healthy path the work. */
  isIdle(): boolean;
  /** The fault of this request, if any. Asking counts as an attempt of this content. */
  choose(subject: FaultSubject): FaultRule | undefined;
}

/**
 * Opens a set without faults. A rated fault follows from hash(seed, channel, endpoint, content, attempt), so a
 * seed replays whatever order the requests come in, and a retry of the same content gets a draw of its own.
 */
export function createFaults(seed: string | number): Faults {
  let rated: readonly RatedFault[] = [];
  let queue: { rule: NextFault; left: number }[] = [];
  const attempts = new Map<number, number>();

  const chooseRated = (subject: FaultSubject): FaultRule | undefined => {
    const rules = rated.filter((rule) => matches(rule, subject));
    if (rules.length === 0) return undefined;
    const content = hash32(subject.channelId, subject.endpoint, subject.contentHash);
    const attempt = attempts.get(content) ?? 0;
    attempts.set(content, attempt + 1);
    let draw = fractionOf(hash32(seed, "fault", content, attempt));
    return rules.find((rule) => (draw -= rule.rate) < 0);
  };

  return {
    set: (rules) => {
      for (const rule of rules) checkRate(rule);
      rated = [...rules];
      attempts.clear();
    },
    next: (rule) => {
      queue.push({ rule, left: rule.count ?? 1 });
    },
    clear: () => {
      rated = [];
      queue = [];
      attempts.clear();
    },
    rules: () => ({ rated, next: queue.map(({ rule, left }) => ({ ...rule, count: left })) }),
    isIdle: () => rated.length === 0 && queue.length === 0,
    choose: (subject) => {
      const waiting = queue.find(({ rule }) => matches(rule, subject));
      if (!waiting) return chooseRated(subject);
      waiting.left -= 1;
      if (waiting.left <= 0) queue = queue.filter((one) => one !== waiting);
      return waiting.rule;
    },
  };
}

function matches(rule: FaultRule, subject: FaultSubject): boolean {
  const endpoint = rule.endpoint ?? "any";
  if (endpoint !== "any" && endpoint !== subject.endpoint) return false;
  return rule.channelId === undefined || rule.channelId === subject.channelId;
}

function checkRate({ rate, kind, endpoint }: RatedFault): void {
  if (!(rate >= 0 && rate <= 1))
    throw new InvalidError(`the rate of ${kind} must be between 0 and 1`);
  if (endpoint && endpoint !== "any" && !endpoints.includes(endpoint)) {
    throw new InvalidError(`there is no endpoint ${endpoint}`);
  }
}
