import { expect, it } from "vitest";
import { createPeople } from "./people.ts";

it("makes the same people from the same seed", () => {
  expect(make(1)).toEqual(make(1));
  expect(make(1)).not.toEqual(make(2));
});

it("shows one person to two providers under two user ids", () => {
  const people = createPeople(1);
  const [one = ""] = people.add("p1", 1);
  const [other = ""] = people.add("p2", 1);
  expect(one).toMatch(/^U[0-9a-f]{32}$/);
  expect(other).not.toBe(one);
  expect(people.profile("p1", 0).displayName).toBe(people.profile("p2", 0).displayName);
  expect(people.indexOf("p2", one)).toBeUndefined();
});

it("adds more people after the first, and pages through them", () => {
  const people = createPeople(1);
  const all = [...people.add("p", 3), ...people.add("p", 2)];
  expect(new Set(all).size).toBe(5);
  expect(people.userIds("p", { from: 2, limit: 2 })).toEqual(all.slice(2, 4));
});

it("has Japanese and English names, some with emoji", () => {
  const people = createPeople(1);
  people.add("p", 300);
  const names = Array.from({ length: 300 }, (_, index) => people.profile("p", index).displayName);
  expect(names.some((name) => /\p{Script=Han}/u.test(name))).toBe(true);
  expect(names.some((name) => /^[A-Z]/.test(name))).toBe(true);
  expect(names.some((name) => /\p{Extended_Pictographic}/u.test(name))).toBe(true);
});

it("shows what a person changed and refuses to change a stranger", () => {
  const people = createPeople(1);
  const [userId = ""] = people.add("p", 1);
  people.setProfile("p", userId, { displayName: "新しい名前" });
  expect(people.profile("p", 0)).toMatchObject({ userId, displayName: "新しい名前" });
  expect(() => people.setProfile("p", "U0", {})).toThrow("knows no person");
});

const make = (seed: number) => {
  const people = createPeople(seed);
  const userIds = people.add("p", 50);
  return userIds.map((_, index) => people.profile("p", index));
};
