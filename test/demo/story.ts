import type { CampaignMetrics, ProfileView, Tracking } from "@yubin/types";

import type { Api } from "../stack/api.ts";
import { until } from "../stack/until.ts";
import { someClick, type ClicksEnd } from "./clicks-story.ts";
import { strangersNeeded, tellIdentityStory, type IdentityEnd } from "./identity-story.ts";
import type { LineLevers } from "./line-levers.ts";
import type { Screen } from "./screen.ts";

export interface StoryWorld {
  readonly api: Api;
  readonly line: LineLevers;
  readonly screen: Screen;
  /** Kills one sender and puts another in its place; undefined where the story cannot reach the processes. */
  readonly replaceSender: (() => Promise<string>) | undefined;
}

export interface StoryNumbers {
  readonly people: number;
  readonly identified: number;
  readonly blocked: number;
}

/** One campaign as Yubin reports it and as LINE saw it. */
export interface CampaignEnd {
  readonly id: string;
  readonly title: string;
  readonly metrics: CampaignMetrics;
  readonly atLine: number;
  /** By the stand-in's own friends, not by anything that Yubin says. */
  readonly expected: Expected;
}

export interface Expected {
  readonly audience: number;
  /** Those of them who can be sent something. */
  readonly accepted: number;
}

export interface StoryEnd {
  readonly numbers: StoryNumbers;
  readonly followersAtLine: number;
  readonly followersHere: number;
  readonly profiles: number;
  readonly campaigns: readonly CampaignEnd[];
  readonly duplicatesAtLine: number;
  readonly faults: number;
  readonly identity: IdentityEnd;
  readonly clicks: ClicksEnd;
}

export interface ConnectedChannel {
  readonly id: string;
  readonly lineChannelId: string;
  readonly provider: string;
}

/** Followers as Yubin counts them. */
interface ChannelMetrics {
  readonly people: { readonly following: number; readonly blocked: number };
}

/** People follow, some identify themselves, campaigns go out while things break, some block; then the numbers. */
export const tellStory = async (world: StoryWorld, numbers: StoryNumbers): Promise<StoryEnd> => {
  const channel = await connect(world);
  await everyoneFollows(world, channel, numbers);
  await someIdentify(world, channel, numbers);
  const identity = await tellIdentityStory(
    world,
    channel,
    await world.line.userIds(channel.provider, numbers.identified, strangersNeeded),
  );

  const personal = await campaign(world, channel, {
    title: "personal, by push",
    marker: "spring-personal",
    text: "[[spring-personal]] {{ profile.displayName }}, spring has come",
    audience: { type: "friends" },
    expected: { audience: numbers.people, accepted: numbers.people },
    misbehave: true,
    losesASender: true,
  });
  await someBlock(world, channel, numbers);
  const friendsLeft = numbers.people - numbers.blocked;
  const identical = await campaign(world, channel, {
    title: "identical, by multicast",
    marker: "spring-news",
    text: "[[spring-news]] The shop opens at ten",
    audience: { type: "friends" },
    expected: { audience: friendsLeft, accepted: friendsLeft },
    misbehave: true,
    losesASender: false,
  });
  const members = await campaign(world, channel, {
    title: "to known customers",
    marker: "members-only",
    text: "[[members-only]] {{ profile.traits.name }}, this is for members: https://shop.example/members",
    tracking: "person",
    audience: { type: "refs", refs: customers(channel, numbers.identified) },
    // Who blocked the account are the first of those who identified themselves.
    expected: {
      audience: numbers.identified,
      accepted: Math.max(0, numbers.identified - numbers.blocked),
    },
    misbehave: false,
    losesASender: false,
  });

  const clicks = await someClick(world, channel, members.id);

  const ledger = await world.line.ledger(channel.lineChannelId);
  const { friends } = await world.line.friendCounts(channel.lineChannelId);
  const { people } = await channelMetrics(world, channel);
  return {
    numbers,
    followersAtLine: friends,
    followersHere: people.following,
    profiles: people.following + people.blocked,
    campaigns: [personal, identical, members],
    duplicatesAtLine: ledger.duplicates,
    identity,
    clicks,
    faults: Object.values(ledger.faults).reduce((sum, count) => sum + count, 0),
  };
};

const connect = async ({ api, line, screen }: StoryWorld): Promise<ConnectedChannel> => {
  screen.chapter("A LINE channel is connected");
  // Nothing is shared with the story that was told to this stack before: the stand-in forgets, Yubin does not.
  const channelId = String(Date.now());
  const provider = `demo-${channelId}`;
  const atLine = await line.addChannel({
    channelId,
    provider,
    displayName: "郵便 Yubin demo",
    redelivery: true,
    delivery: { copiesMax: 3, shuffle: true, batchMax: 20, concurrency: 16 },
  });
  const connected = await api.post<{ id: string; health: { check: string; status: string }[] }>(
    "/v1/channels",
    {
      channelAccessToken: atLine.accessToken,
      channelId: atLine.channelId,
      channelSecret: atLine.channelSecret,
      provider,
    },
  );
  screen.line(connected.health.map(({ check, status }) => `${check}: ${status}`).join(" · "));
  return { id: connected.id, lineChannelId: atLine.channelId, provider };
};

const everyoneFollows = async (
  world: StoryWorld,
  channel: ConnectedChannel,
  numbers: StoryNumbers,
): Promise<void> => {
  world.screen.chapter(
    `${numbers.people} people follow; LINE tells it up to three times, in no order`,
  );
  await world.line.addPeople(channel.provider, numbers.people);
  await world.line.follow(channel.lineChannelId, 0, numbers.people);
  await untilPeople(world, channel, (people) => people.following === numbers.people);
  const { requests, answers } = await world.line.webhooks(channel.lineChannelId);
  world.screen.line(`${requests} webhooks, answers ${JSON.stringify(answers)}`);
};

const identifyAtOnce = 16;

const someIdentify = async (
  world: StoryWorld,
  channel: ConnectedChannel,
  numbers: StoryNumbers,
): Promise<void> => {
  world.screen.chapter(
    `${numbers.identified} of them log in, and their LINE ID is linked to the customer we know`,
  );
  const userIds = await world.line.userIds(channel.provider, 0, numbers.identified);
  for (let from = 0; from < userIds.length; from += identifyAtOnce) {
    const slice = userIds.slice(from, from + identifyAtOnce);
    await Promise.all(
      slice.map((userId, index) => identify(world, channel, { number: from + index, userId })),
    );
    world.screen.progress(`${from + slice.length} of ${userIds.length} identified`);
  }
  await until(() => lastLinked(world, channel, numbers.identified), {
    what: "the last link",
    timeoutMs: 60_000,
  });
};

const identify = (
  { api }: StoryWorld,
  { provider }: ConnectedChannel,
  person: { number: number; userId: string },
) =>
  api.post("/v1/identify", {
    userId: customerId(provider, person.number),
    messageId: `${provider}-${person.number}`,
    traits: { name: `Customer ${person.number}` },
    context: { line: { provider, userId: person.userId } },
  });

const lastLinked = async ({ api }: StoryWorld, { provider }: ConnectedChannel, count: number) => {
  const profiles = await Promise.all(
    [0, Math.floor(count / 2), count - 1].map((number) =>
      api
        .get<ProfileView>(`/v1/profiles/user:${customerId(provider, number)}`)
        .catch(() => undefined),
    ),
  );
  return profiles.every((profile) => profile?.lineId[provider] !== undefined) || undefined;
};

const customerId = (provider: string, number: number): string => `${provider}-cust-${number}`;
const customers = ({ provider }: ConnectedChannel, count: number): string[] =>
  Array.from({ length: count }, (_, number) => `user:${customerId(provider, number)}`);

const someBlock = async (
  world: StoryWorld,
  channel: ConnectedChannel,
  numbers: StoryNumbers,
): Promise<void> => {
  world.screen.chapter(`${numbers.blocked} people block the account`);
  await world.line.block(channel.lineChannelId, 0, numbers.blocked);
  await untilPeople(world, channel, (people) => people.blocked === numbers.blocked);
};

interface CampaignPlan {
  readonly title: string;
  readonly marker: string;
  readonly text: string;
  readonly tracking?: Tracking;
  readonly audience: unknown;
  readonly expected: Expected;
  readonly misbehave: boolean;
  /** One is killed in the middle of it, and another takes over. */
  readonly losesASender: boolean;
}

const campaign = async (
  world: StoryWorld,
  channel: ConnectedChannel,
  plan: CampaignPlan,
): Promise<CampaignEnd> => {
  world.screen.chapter(
    `A campaign goes out: ${plan.title}${plan.misbehave ? ", while LINE misbehaves" : ""}`,
  );
  if (plan.misbehave) await world.line.setFaults(faults(channel.lineChannelId));

  const { id } = await world.api.post<{ id: string }>("/v1/campaigns", {
    name: plan.title,
    channelId: channel.id,
    audience: plan.audience,
    content: { messages: [{ type: "text", text: plan.text }] },
    ...(plan.tracking ? { tracking: plan.tracking } : {}),
  });
  await world.api.post(`/v1/campaigns/${id}/launch`);
  const [metrics, replaced] = await Promise.all([
    until(() => doneMetrics(world, id), {
      what: `the campaign ${plan.title}`,
      timeoutMs: 180_000,
    }),
    plan.losesASender ? replaceInMidRun(world, channel, plan) : undefined,
  ]);
  if (replaced !== undefined) world.screen.line(replaced);

  await world.line.setFaults([]);
  const received = await world.line.recipients(plan.marker, channel.lineChannelId);
  const atLine = Object.keys(received).length;
  return { id, title: plan.title, metrics, atLine, expected: plan.expected };
};

/** Kills a sender once LINE has accepted the first messages, and says how many that were. */
const replaceInMidRun = async (
  { line, replaceSender }: StoryWorld,
  { lineChannelId }: ConnectedChannel,
  { marker, title, expected }: CampaignPlan,
): Promise<string | undefined> => {
  if (!replaceSender) return undefined;
  const accepted = await until(
    async () => Object.keys(await line.recipients(marker, lineChannelId)).length || undefined,
    { what: `the first message of ${title}`, timeoutMs: 180_000, everyMs: 20 },
  );
  const who = await replaceSender();
  return `when LINE had accepted ${accepted} of ${expected.accepted}, ${who}`;
};

const doneMetrics = async (
  { api, screen }: StoryWorld,
  campaignId: string,
): Promise<CampaignMetrics | undefined> => {
  const metrics = await api.get<CampaignMetrics>(`/v1/campaigns/${campaignId}/metrics`);
  const { audience, accepted, skipped, queued } = metrics.totals;
  screen.progress(
    `${metrics.state}: ${accepted} of ${audience} accepted, ${skipped} skipped, ${queued} queued`,
  );
  return metrics.state === "done" ? metrics : undefined;
};

const faults = (channelId: string) =>
  [
    { kind: "resetAfterAccept", rate: 0.04 },
    { kind: "error500Before", rate: 0.03 },
    { kind: "error500AfterAccept", rate: 0.02 },
    { kind: "rate429", rate: 0.005 },
  ].flatMap((fault) => [
    { ...fault, endpoint: "push", channelId } as const,
    { ...fault, endpoint: "multicast", channelId } as const,
  ]) as Parameters<LineLevers["setFaults"]>[0];

const channelMetrics = ({ api }: StoryWorld, { id }: ConnectedChannel): Promise<ChannelMetrics> =>
  api.get(`/v1/channels/${id}/metrics`);

const untilPeople = (
  world: StoryWorld,
  channel: ConnectedChannel,
  isThere: (people: ChannelMetrics["people"]) => boolean,
): Promise<true> =>
  until(
    async () => {
      const { people } = await channelMetrics(world, channel);
      world.screen.progress(`${people.following} following, ${people.blocked} blocked`);
      return isThere(people) || undefined;
    },
    { what: "everyone to be known", timeoutMs: 300_000, everyMs: 1_500 },
  );
