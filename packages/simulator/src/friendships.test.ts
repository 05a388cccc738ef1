import { expect, it } from "vitest";
import { createFriendships } from "./friendships.ts";

it("keeps a state per channel and person, however many there are", () => {
  const friendships = createFriendships();
  friendships.set("c1", 5, "friend");
  friendships.set("c1", 1_000_000, "blocked");
  expect(friendships.get("c1", 5)).toBe("friend");
  expect(friendships.get("c2", 5)).toBe("stranger");
  expect(friendships.get("c1", 1_000_000)).toBe("blocked");
  expect(friendships.get("c1", 2_000_000)).toBe("stranger");
  expect(friendships.counts("c1")).toEqual({ friends: 1, blocked: 1 });
});

it("walks through the friends alone", () => {
  const friendships = createFriendships();
  friendships.set("c", 0, "blocked");
  friendships.set("c", 3, "friend");
  expect(friendships.nextFriend("c", 0)).toBe(3);
  expect(friendships.nextFriend("c", 4)).toBeUndefined();
});
