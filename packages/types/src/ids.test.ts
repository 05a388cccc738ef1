import { describe, expect, it } from "vitest";

import { idFrom, idFromAt, newId, retryKeyFrom } from "./ids.ts";

describe("a retry key", () => {
  // Worked out apart from our code. A key that changes with a version is a second message for someone.
  it.each([
    [["ws_main", "chan_1", "camp_1/000000", "0"], "37af473b-9559-881a-a39f-0c630c1a1b6c"],
    [["ws_main", "chan_1", "camp_1/000000", "0g1"], "2df2597a-b171-89c5-92cf-ae95e3921c7a"],
    [["ws_main", "chan_1", "camp_1/000000", "0.0"], "fac307d7-f663-8fc2-8716-7ae0a0028fc1"],
    [["ws_main", "chan_1", "camp_1/000000", "0.x"], "5d00676b-ca36-8d71-a9db-2534965595c1"],
    [["ws_main", "chan_1", "msg_1", "0"], "0da78627-18e5-8a94-b99e-401ce9a2fe39"],
    [["ws_日本", "chan_\u{1f34e}", "camp_1/000000", "499"], "c1df29b4-d3a6-8d93-9d45-71ea942c8ea3"],
    [[], "e33efedc-f878-85a3-99db-33f4e1db211d"],
    [["", ""], "e0fa2b56-cc62-8f31-b49b-ef542d516c06"],
  ])("of %j is %s in every version", (facts, key) => {
    expect(retryKeyFrom(...facts)).toBe(key);
  });

  it("is a UUID in the form that LINE takes, and another one for other facts", () => {
    const keys = new Set<string>();
    let places = 0;
    for (const campaign of ["camp_1", "camp_11"])
      for (let batch = 0; batch < 200; batch += 1)
        for (let place = 0; place < 500; place += 1) {
          const generation = batch % 2 === 0 ? "" : `g${place % 3}`;
          const id = `${campaign}/${String(batch).padStart(6, "0")}`;
          keys.add(retryKeyFrom("ws_main", "chan_1", id, `${place}${generation}`));
          places += 1;
        }
    expect(keys.size).toBe(places);
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect([...keys].filter((key) => !uuid.test(key))).toEqual([]);
  });

  it("tells facts apart that read the same in a row", () => {
    const splits = [
      ["ab", "c"],
      ["a", "bc"],
      ["abc"],
      ["abc", ""],
      ["", "abc"],
      ["1:a", ""],
      ["1", "a"],
    ];
    expect(new Set(splits.map((facts) => retryKeyFrom(...facts))).size).toBe(splits.length);
  });
});

describe("an id", () => {
  it("follows from facts, or is new and in the order of time", () => {
    expect(idFrom("msg", "ws_main", "k1")).toBe(idFrom("msg", "ws_main", "k1"));
    expect(idFrom("msg", "ws_main", "k1")).not.toBe(idFrom("msg", "ws_maink", "1"));
    const ids = Array.from({ length: 1_000 }, (_, ms) => newId("prof", () => ms));
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(Array.from({ length: 1_000 }, () => newId("prof", () => 0))).size).toBe(1_000);
  });
});

describe("an id that follows from facts and a time", () => {
  it("has the form of a new one of that time, and is the same for the same facts", () => {
    const id = idFromAt("prof", 1_764_000_000_000, "a", "b");
    expect(id).toMatch(/^prof_[0-9a-f]{32}$/);
    expect(id.slice(0, 17)).toBe(newId("prof", () => 1_764_000_000_000).slice(0, 17));
    expect(idFromAt("prof", 1_764_000_000_000, "a", "b")).toBe(id);
    expect(idFromAt("prof", 1_764_000_000_000, "ab", "")).not.toBe(id);
    expect(idFromAt("prof", 1_764_000_000_001, "a", "b") > id).toBe(true);
  });
});
