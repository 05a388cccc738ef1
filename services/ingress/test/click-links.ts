import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { createClickTokens, type ClickToken } from "@yubin/kit";
import { clickLinkId, newId } from "@yubin/types";

import type { TestIngress } from "./setup.ts";

export interface TestLink {
  readonly linkId: string;
  readonly url: string;
  /** The path of the link as its token says it; of everybody where there is no place. */
  readonly path: (place?: ClickToken["place"]) => string;
}

export interface GivenLink {
  readonly workspaceId?: string;
  readonly campaignId?: string;
  /** In place of a campaign's. */
  readonly messageId?: string;
  readonly variant?: string;
  readonly expireAt?: Date;
}

const lifeMs = 400 * 86_400_000;

/** A link, written as the sender does. */
export const addLink = async (
  { store, config }: TestIngress,
  url: string,
  { workspaceId = "ws_main", messageId, campaignId, variant, expireAt }: GivenLink = {},
): Promise<TestLink> => {
  const owner = messageId ?? campaignId ?? newId("camp");
  const facts = { workspaceId, variant: variant ?? null, url };
  const linkId = clickLinkId({ ...facts, ownerId: owner });
  const createdAt = new Date();
  await store.clickLinks.insertOne({
    _id: linkId,
    ...facts,
    campaignId: messageId === undefined ? owner : null,
    messageId: messageId ?? null,
    createdAt,
    expireAt: expireAt ?? new Date(createdAt.getTime() + lifeMs),
  });
  const tokens = createClickTokens(config.secretKeys);
  return {
    linkId,
    url,
    path: (place) => `/c/${tokens.sign({ linkId, ...(place ? { place } : {}) })}`,
  };
};

/** Follows a link as far as the answer; by plain HTTP, as `fetch` goes through what LINE is asked by, which no answer may lead on. */
export const follow = async (
  { port }: TestIngress,
  path: string,
  { method = "GET", headers = {} }: Following = {},
): Promise<Response> => {
  const req = request({ host: "127.0.0.1", port, path, method, headers }).end();
  const [res] = (await once(req, "response")) as [IncomingMessage];
  const given = new Headers();
  for (const [name, values = []] of Object.entries(res.headersDistinct))
    for (const value of values) given.append(name, value);
  return new Response(await buffer(res), { status: res.statusCode ?? 0, headers: given });
};

export interface Following {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Status and, of a redirect, where it leads; of an error its code. */
export const led = async (answer: Promise<Response>): Promise<string> => {
  const res = await answer;
  const text = await res.text();
  const location = res.headers.get("location");
  if (res.status === 302) return `302 ${location}`;
  const { error } = JSON.parse(text) as { error: { code: string } };
  return `${res.status} ${error.code}${location === null ? "" : ` but ${location}`}`;
};
