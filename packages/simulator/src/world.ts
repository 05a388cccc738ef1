import { createChannels } from "./channels.ts";
import type { Channels } from "./channels.ts";
import { createClock } from "./clock.ts";
import type { Clock } from "./clock.ts";
import { createContents } from "./contents.ts";
import type { Contents } from "./contents.ts";
import { createFaults } from "./faults.ts";
import type { Faults } from "./faults.ts";
import { createFriendships } from "./friendships.ts";
import type { Friendships } from "./friendships.ts";
import { createGroups } from "./groups.ts";
import type { Groups } from "./groups.ts";
import { createIds } from "./ids.ts";
import type { Ids } from "./ids.ts";
import { createLedger } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import { createLinkTokens } from "./link-tokens.ts";
import type { LinkTokens } from "./link-tokens.ts";
import { createLoginChannels } from "./login-channels.ts";
import type { LoginChannels } from "./login-channels.ts";
import { createPeople } from "./people.ts";
import type { People } from "./people.ts";
import { createQuota } from "./quota.ts";
import type { Quota } from "./quota.ts";
import { createRandom } from "./random.ts";
import type { Random } from "./random.ts";
import { createRateBuckets } from "./rate-buckets.ts";
import type { RateBuckets } from "./rate-buckets.ts";
import { createReplyTokens } from "./reply-tokens.ts";
import type { ReplyTokens } from "./reply-tokens.ts";
import { createRetryKeys } from "./retry-keys.ts";
import type { RetryKeys } from "./retry-keys.ts";
import { createSentCounts } from "./sent-counts.ts";
import type { SentCounts } from "./sent-counts.ts";
import type { Settings } from "./settings.ts";
import { createTokens } from "./tokens.ts";
import type { Tokens } from "./tokens.ts";
import { createWebhooks } from "./webhooks.ts";
import type { Webhooks } from "./webhooks.ts";

/** All that exists in one simulator: thrown away as a whole by a reset. */
export interface World {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly channels: Channels;
  readonly tokens: Tokens;
  readonly people: People;
  readonly friendships: Friendships;
  readonly groups: Groups;
  readonly contents: Contents;
  readonly replyTokens: ReplyTokens;
  readonly linkTokens: LinkTokens;
  readonly loginChannels: LoginChannels;
  /** Whose phone opens LINE's own pages. */
  readonly phone: { holder: string | undefined };
  readonly retryKeys: RetryKeys;
  readonly buckets: RateBuckets;
  readonly quota: Quota;
  readonly sentCounts: SentCounts;
  readonly faults: Faults;
  readonly ledger: Ledger;
  readonly webhooks: Webhooks;
}

/** Makes an empty world. */
export function createWorld(settings: Settings): World {
  const { seed } = settings;
  const clock = createClock(settings.now);
  const now = (): number => clock.now();
  const ids = createIds(seed);
  const channels = createChannels(seed);
  const replyTokens = createReplyTokens({
    now,
    newToken: () => ids.token("reply"),
    lifeMs: settings.replyTokenLifeMs,
  });
  const people = createPeople(seed);
  return {
    settings,
    clock,
    ids,
    random: createRandom(`${seed}/latency`),
    channels,
    replyTokens,
    tokens: createTokens({ now, newToken: (kind) => ids.token(kind) }),
    people,
    phone: { holder: undefined },
    loginChannels: createLoginChannels({
      seed,
      now,
      newToken: () => ids.token("user"),
      need: people.need,
    }),
    friendships: createFriendships(),
    groups: createGroups(seed),
    contents: createContents(),
    linkTokens: createLinkTokens({
      now,
      newToken: () => ids.token("link"),
      lifeMs: settings.linkTokenLifeMs,
    }),
    retryKeys: createRetryKeys({ now, lifeMs: settings.retryKeyLifeMs }),
    buckets: createRateBuckets(now),
    quota: createQuota(now),
    sentCounts: createSentCounts(now),
    faults: createFaults(seed),
    ledger: createLedger({ keepBodies: settings.keepBodies, recentMax: settings.recentMax }),
    webhooks: createWebhooks({ channels, replyTokens, settings, now }),
  };
}
