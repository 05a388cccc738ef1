import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { testServers } from "@yubin/servers/testing";
import { createSimulator, type ChannelView, type Simulator } from "@yubin/simulator";
import { connectStore, type Store } from "@yubin/store";
import type { LineLinkView, LinkProofKind, ProfileView } from "@yubin/types";

import { createApi, type Api } from "../stack/api.ts";
import { startStack } from "../stack/stack.ts";
import { until } from "../stack/until.ts";

/** Ingress and identity as processes, and senders where they are asked for, with LINE's stand-in in this one. */
export interface LinkWorld extends AsyncDisposable {
  readonly url: string;
  readonly apiKey: string;
  readonly api: Api;
  readonly simulator: Simulator;
  readonly store: Store;
  /** The channel at LINE, and our id of it. */
  readonly line: ChannelView;
  readonly channelId: string;
  /** Follow the channel. */
  readonly friends: readonly [string, string, string, ...string[]];
  readonly logDir: string;
}

export interface MadeLink {
  readonly id: string;
  readonly url: string;
  readonly qrUrl: string;
  readonly redirectUrl?: string;
  readonly expiresAt: string;
  readonly unlinkNotice: string;
}

const provider = "acme";
const friendsCount = 12;

export const startLinkWorld = async (
  business = "Café Mori",
  { senders = 0 }: { readonly senders?: number } = {},
): Promise<LinkWorld> => {
  await using opened = new AsyncDisposableStack();
  const logDir = await mkdtemp(join(tmpdir(), "yubin-links-"));
  opened.defer(() => rm(logDir, { recursive: true, force: true }));
  const simulator = createSimulator({ seed: "links", delivery: { timeoutMs: 30_000 } });
  await simulator.start();
  opened.defer(() => simulator.stop());

  const servers = testServers();
  const stack = await startStack({
    mongoUrl: servers.mongoUrl,
    redisUrl: servers.redisUrl,
    logDir,
    simulatorUrl: simulator.url,
    replicas: { sender: senders },
    env: { QUEUE_PREFIX: servers.redisPrefix },
  });
  opened.defer(() => stack.stop());
  const store = await connectStore({ url: servers.mongoUrl });
  opened.defer(() => store.close());

  const url = stack.ingressUrls[0] ?? "";
  const api = createApi(url, stack.apiKey);
  const line = simulator.addChannel({ provider, displayName: business, redelivery: true });
  const { id: channelId } = await api.post<{ id: string }>("/v1/channels", {
    channelAccessToken: line.accessToken,
    channelSecret: line.channelSecret,
    provider,
  });
  const friends = simulator.addPeople({ count: friendsCount, provider });
  simulator.follow(line.channelId, friends);
  const [first, second, third, ...more] = friends;
  if (first === undefined || second === undefined || third === undefined) throw new Error("nobody");
  await until(
    async () =>
      (await store.profiles.countDocuments({ "lineAccounts.displayName": { $ne: null } })) >=
        friendsCount || undefined,
    { what: "people with names" },
  );
  const kept = opened.move();
  return {
    url,
    apiKey: stack.apiKey,
    api,
    simulator,
    store,
    line,
    channelId,
    friends: [first, second, third, ...more],
    logDir,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
};

/** A person whom the business knows. */
export const know = async (
  { api }: LinkWorld,
  userId: string,
  traits: Record<string, unknown> = {},
): Promise<ProfileView> => {
  await api.post("/v1/identify", { userId, traits });
  return await until(
    () => api.get<ProfileView>(`/v1/profiles/user:${userId}`).catch(() => undefined),
    { what: `the person ${userId}`, everyMs: 20 },
  );
};

export const makeLink = (world: LinkWorld, ref: string, body: object = {}): Promise<MadeLink> =>
  world.api.post<MadeLink>(`/v1/profiles/${ref}/line-links`, body);

export const linkNow = ({ api }: LinkWorld, { id }: { readonly id: string }) =>
  api.get<LineLinkView>(`/v1/line-links/${id}`);

/** The link once it is in this state. */
export const untilLink = (
  world: LinkWorld,
  link: { readonly id: string },
  state: LineLinkView["state"],
): Promise<LineLinkView> =>
  until(
    async () => {
      const view = await linkNow(world, link);
      return view.state === state ? view : undefined;
    },
    { what: `the link to be ${state}`, everyMs: 20 },
  );

/** Whose LINE IDs, with their proofs. */
export const accountsOf = async (
  { api }: LinkWorld,
  userId: string,
): Promise<readonly (readonly [lineUserId: string, proof: LinkProofKind])[]> => {
  const { lineAccounts } = await api.get<ProfileView>(`/v1/profiles/user:${userId}`);
  return lineAccounts.map(({ lineUserId, proof }) => [lineUserId, proof.kind] as const);
};

/** Presses a button of the page, as a browser without JavaScript does. */
export const press = (
  link: { readonly url: string },
  action: "confirm" | "decline",
): Promise<Response> =>
  fetch(link.url, { method: "POST", body: new URLSearchParams({ action }), redirect: "manual" });
