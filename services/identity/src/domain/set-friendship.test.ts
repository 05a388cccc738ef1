import { describe, expect, it } from "vitest";

import type { Friendship, LineAccount } from "./profile.ts";
import { setFriendship } from "./set-friendship.ts";

const account: LineAccount = {
  provider: "main",
  lineUserId: "U1",
  displayName: null,
  pictureUrl: null,
  language: null,
  fetchedAt: null,
  linkedAt: new Date(0),
  proof: { kind: "follow", at: new Date(0) },
  friendship: {},
};
const told = (state: Friendship["state"], atMs: number, eventId: string): Friendship => ({
  state,
  at: new Date(atMs),
  eventId,
});

const permutations = <Item>(items: readonly Item[]): Item[][] =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((item, at) =>
        permutations(items.toSpliced(at, 1)).map((others) => [item, ...others]),
      );

it("ends the same for every order of six events, two of them in one millisecond", () => {
  const events = [
    told("following", 1, "01A"),
    told("blocked", 2, "01B"),
    told("following", 3, "01C"),
    told("blocked", 3, "01D"),
    told("following", 3, "01B"),
    told("blocked", 1, "01Z"),
  ];
  const orders = permutations(events);
  expect(orders).toHaveLength(720);
  for (const order of orders) {
    const end = order.reduce((known, one) => setFriendship(known, "chan_1", one), account);
    expect(end.friendship).toEqual({ chan_1: told("blocked", 3, "01D") });
  }
});

it("changes nothing when an event comes again", () => {
  const once = setFriendship(account, "chan_1", told("following", 1, "01A"));
  expect(setFriendship(once, "chan_1", told("following", 1, "01A"))).toBe(once);
});

it("keeps the friendships of other channels", () => {
  const one = setFriendship(account, "chan_1", told("following", 1, "01A"));
  const both = setFriendship(one, "chan_2", told("blocked", 0, "01B"));
  expect(both.friendship).toEqual({
    chan_1: told("following", 1, "01A"),
    chan_2: told("blocked", 0, "01B"),
  });
});

it("is not misled by a channel named like a property of objects", () => {
  const end = setFriendship(account, "constructor", told("following", 1, "01A"));
  expect(end.friendship["constructor"]).toEqual(told("following", 1, "01A"));
});

describe("what LINE says when asked", () => {
  const asked = (state: Friendship["state"], atMs: number): Friendship => ({
    ...told(state, atMs, "!backfill_1"),
    by: "backfill",
  });
  const friendshipAfter = (...words: readonly Friendship[]) =>
    words.reduce((known, one) => setFriendship(known, "chan_1", one), account).friendship["chan_1"];

  it("changes the state, with why, where it is newer and says something else", () => {
    const known = told("blocked", 1, "01A");
    expect(friendshipAfter(known, asked("following", 2))).toEqual(asked("following", 2));
    expect(friendshipAfter(asked("following", 2), known)).toEqual(asked("following", 2));
  });

  it("loses against what LINE told later or in the same moment", () => {
    for (const at of [2, 3]) {
      const known = told("blocked", at, "01A");
      expect(friendshipAfter(known, asked("following", 2))).toBe(known);
      expect(friendshipAfter(asked("following", 2), known)).toBe(known);
    }
  });

  it("leaves how a friendship came about where it confirms it, and holds against older words on their way", () => {
    const known = told("following", 1, "01A");
    const confirmed = { ...known, confirmedAt: new Date(3) };
    expect(friendshipAfter(known, asked("following", 3))).toEqual(confirmed);
    expect(friendshipAfter(known, asked("following", 3), told("blocked", 2, "01B"))).toEqual(
      confirmed,
    );
    const newer = told("blocked", 4, "01C");
    expect(friendshipAfter(known, asked("following", 3), newer)).toBe(newer);
  });
});
