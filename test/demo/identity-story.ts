import type { ConflictView, LineLinkView, MergeView, ProfileView } from "@yubin/types";

import { until } from "../stack/until.ts";
import type { ConnectedChannel, StoryWorld } from "./story.ts";

/** People as one side counts them. */
export interface PeopleCounts {
  readonly identified: number;
  readonly anonymous: number;
}

export interface IdentityEnd {
  /** By the model of the story: who is known to be whom, worked out without asking Yubin. */
  readonly model: PeopleCounts;
  readonly here: PeopleCounts;
  /** Statements of the story that did not hold. */
  readonly broken: readonly string[];
}

interface Cast {
  readonly world: StoryWorld;
  readonly channel: ConnectedChannel;
  /** Followers whom nobody knows by name so far. */
  readonly strangers: readonly string[];
  readonly model: { identified: number; anonymous: number };
  readonly broken: string[];
  /** An external id of this story. */
  readonly customer: (name: string) => string;
}

/** Followers that the story needs. */
export const strangersNeeded = 6;

/** Links by page, by chat and by LINE; a merge with its preview and its undo; a conflict; and what it makes of the counts. */
export const tellIdentityStory = async (
  world: StoryWorld,
  channel: ConnectedChannel,
  strangers: readonly string[],
): Promise<IdentityEnd> => {
  const before = await countsOf(world);
  const cast: Cast = {
    world,
    channel,
    strangers,
    model: { ...before },
    broken: [],
    customer: (name) => `${channel.provider}-${name}`,
  };
  await linkByPage(cast);
  await linkByChat(cast);
  await linkByLine(cast);
  await mergeAndUndo(cast);
  await resolveConflict(cast);
  const here = await until(
    async () => {
      const counts = await countsOf(world);
      return counts.identified === cast.model.identified ? counts : undefined;
    },
    { what: "the people to be counted", timeoutMs: 30_000 },
  ).catch(() => countsOf(world));
  return { model: cast.model, here, broken: cast.broken };
};

const countsOf = async ({ api }: StoryWorld): Promise<PeopleCounts> => {
  const { identified, anonymous } = await api.get<PeopleCounts>("/v1/usage");
  return { identified, anonymous };
};

const holds = ({ broken, world }: Cast, statement: string, is: boolean): void => {
  world.screen.line(`${is ? "✓" : "✗"} ${statement}`);
  if (!is) broken.push(statement);
};

const profile = ({ world }: Cast, userId: string): Promise<ProfileView> =>
  world.api.get(`/v1/profiles/user:${userId}`);

/** Somebody whom the shop knows and LINE does not. */
const customerOf = async (cast: Cast, name: string, traits: object): Promise<string> => {
  const userId = cast.customer(name);
  await cast.world.api.post("/v1/identify", { userId, traits });
  await until(() => profile(cast, userId).catch(() => undefined), {
    what: `the customer ${name}`,
    timeoutMs: 30_000,
  });
  cast.model.identified += 1;
  return userId;
};

interface MadeLink {
  readonly id: string;
  readonly url: string;
}

const linkFor = (cast: Cast, userId: string, how: object): Promise<MadeLink> =>
  cast.world.api.post(`/v1/profiles/user:${userId}/line-links`, {
    provider: cast.channel.provider,
    ...how,
  });

const confirm = (url: string): Promise<Response> =>
  fetch(url, {
    method: "POST",
    body: new URLSearchParams({ action: "confirm" }),
    redirect: "manual",
  });

/** The stranger and the customer are one person from now on, so there is one less of whom nobody knows the name. */
const linked = async (
  cast: Cast,
  link: MadeLink,
  lineUserId: string | undefined,
): Promise<void> => {
  const { world, channel, model } = cast;
  const { profileId, via } = await until(
    async () => {
      const view = await world.api.get<LineLinkView>(`/v1/line-links/${link.id}`);
      return view.state === "linked" ? view : undefined;
    },
    { what: "the link", timeoutMs: 30_000 },
  );
  const { lineId, lineAccounts } = await world.api.get<ProfileView>(`/v1/profiles/${profileId}`);
  const proof = lineAccounts.find((account) => account.lineUserId === lineUserId)?.proof.kind;
  model.anonymous -= 1;
  holds(
    cast,
    `by ${via}: the customer has the LINE ID, proven by ${proof}`,
    lineId[channel.provider] === lineUserId,
  );
};

const linkByPage = async (cast: Cast): Promise<void> => {
  cast.world.screen.chapter("Somebody confirms on a one-time page who they are");
  const userId = await customerOf(cast, "page", { name: "Mio Mori", email: "mio@example.com" });
  const [lineUserId] = cast.strangers;
  const link = await linkFor(cast, userId, { lineUserId });
  const page = await (await fetch(link.url)).text();
  holds(
    cast,
    "the page names the person so that only they know it",
    page.includes("m•••@e•••.com") && !page.includes("mio@example.com"),
  );
  await confirm(link.url);
  await linked(cast, link, lineUserId);
};

const linkByChat = async (cast: Cast): Promise<void> => {
  const { world, channel, strangers } = cast;
  world.screen.chapter("Somebody sends the code of their page in the chat");
  const link = await linkFor(cast, await customerOf(cast, "chat", { name: "Jun" }), {});
  await confirm(link.url);
  const code = /LINK-[0-9A-Z]+/.exec(await (await fetch(link.url)).text())?.[0] ?? "";
  await world.line.say(channel.lineChannelId, strangers[1] ?? "", code);
  await linked(cast, link, strangers[1]);
};

const linkByLine = async (cast: Cast): Promise<void> => {
  const { world, strangers } = cast;
  world.screen.chapter("Somebody is asked by LINE itself whether the account is theirs");
  const [, , lineUserId] = strangers;
  const userId = await customerOf(cast, "line", { name: "Rei" });
  const link = await linkFor(cast, userId, { lineUserId, via: "account_link" });
  const toLine = (await confirm(link.url)).headers.get("location") ?? "";
  await fetch(`${toLine}&as=${lineUserId}`);
  await linked(cast, link, lineUserId);
};

const mergeAndUndo = async (cast: Cast): Promise<void> => {
  const { world, model } = cast;
  const { api, screen } = world;
  screen.chapter("Two customer records are one person; and then they are not");
  const web = await customerOf(cast, "web", { plan: "free", city: "Kobe" });
  const till = await customerOf(cast, "till", { plan: "pro", birthday: "05-12" });
  const people = { from: `user:${web}`, into: `user:${till}` };
  const preview = await api.post<MergeView>("/v1/merges", { ...people, preview: true });
  for (const { field, kept, lost, because } of preview.values)
    screen.line(
      `  ${field.padEnd(18)} ${JSON.stringify(kept)}${lost === null ? "" : ` (not ${JSON.stringify(lost)})`}, ${because}`,
    );
  holds(cast, "the preview changed nobody", (await profile(cast, web)).externalId === web);

  const merge = await api.post<MergeView>("/v1/merges", people);
  model.identified -= 1;
  const one = await profile(cast, web);
  holds(
    cast,
    "both names lead to one person, with everything both knew",
    one.id === (await profile(cast, till)).id &&
      one.externalId === till &&
      one.traits["plan"] === "pro" &&
      one.traits["city"] === "Kobe",
  );
  await api.post("/v1/identify", { userId: web, traits: { shoes: 42 } });
  await until(async () => (await profile(cast, web)).traits["shoes"] === 42 || undefined, {
    what: "a later fact",
    timeoutMs: 30_000,
  });
  await api.post(`/v1/merges/${merge.id}/undo`);
  model.identified += 1;
  const [first, second] = [await profile(cast, web), await profile(cast, till)];
  holds(
    cast,
    "undone: each is what they were, and what was told since is with whom it was told of",
    first.id !== second.id &&
      JSON.stringify(first.traits) === JSON.stringify({ plan: "free", city: "Kobe", shoes: 42 }) &&
      JSON.stringify(second.traits) === JSON.stringify({ plan: "pro", birthday: "05-12" }),
  );
};

const resolveConflict = async (cast: Cast): Promise<void> => {
  const { world, channel, strangers, model } = cast;
  const { api, screen } = world;
  const { provider } = channel;
  screen.chapter("Two customers claim one LINE ID: nothing is guessed");
  const [, , , lineUserId] = strangers;
  const claim = async (name: string): Promise<string> => {
    const userId = await customerOf(cast, name, { name });
    await api.post("/v1/identify", { userId, context: { line: { provider, userId: lineUserId } } });
    return userId;
  };
  const holder = await claim("first");
  await until(
    async () => (await profile(cast, holder)).lineId[provider] === lineUserId || undefined,
    { what: "the first link", timeoutMs: 30_000 },
  );
  model.anonymous -= 1;
  const claimant = await claim("second");
  const conflict = await until(
    async () => {
      const { data } = await api.get<{ data: ConflictView[] }>("/v1/conflicts?limit=200");
      return data.find((one) => one.lineUserId === lineUserId);
    },
    { what: "the conflict", timeoutMs: 30_000 },
  );
  screen.line(conflict.explanation);
  holds(
    cast,
    "the LINE ID stays with its holder until people decide",
    (await profile(cast, holder)).lineId[provider] === lineUserId,
  );
  await api.post(`/v1/conflicts/${conflict.id}/resolve`, { to: `user:${claimant}` });
  holds(
    cast,
    "resolved: it is the other's, and nobody else's",
    (await profile(cast, claimant)).lineId[provider] === lineUserId &&
      (await profile(cast, holder)).lineAccounts.length === 0,
  );
};
