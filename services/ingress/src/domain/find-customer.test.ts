import { expect, it } from "vitest";

import { externalIdBehind, findCustomer } from "./find-customer.ts";
import type { Profile, Profiles } from "./profile.ts";

const id = `prof_${"1".repeat(32)}`;
const homeId = `prof_${"2".repeat(32)}`;
const customer = { profileId: homeId, externalId: "ann" };
const person: Profile = {
  id,
  externalId: "ann",
  traits: {},
  consents: {},
  suppression: null,
  lineAccounts: [],
  mergedFrom: [],
  erasedAt: null,
  createdAt: new Date(0),
  updatedAt: new Date(0),
};
/** Knows a person under these names, once it was asked so often in vain. */
const setup = (names: readonly string[], inVain = 0) => {
  const asked: string[] = [];
  const home: Profiles["home"] = async (_, ref) => {
    const name = ref.kind === "profile" ? ref.profileId : `${ref.alias.kind}:${ref.alias.value}`;
    asked.push(name);
    return asked.length > inVain && names.includes(name)
      ? { profileId: homeId, isErased: false }
      : undefined;
  };
  return { profiles: { home, find: async () => person }, asked };
};

it("looks again for a person who was told of a moment ago, and not for ever", async () => {
  const late = setup(["user:ann"], 3);
  expect(await findCustomer(late.profiles, "ws_main", { id: "ann" })).toEqual(customer);
  expect(late.asked).toHaveLength(4);
  const never = setup([]);
  await expect(findCustomer(never.profiles, "ws_main", { id: "ann" })).rejects.toMatchObject({
    code: "not_found",
  });
});

it.each([
  [{ id: "ann" }, "user:ann"],
  [{ id: 7 }, "user:7"],
  [{ id: "ann@example.com" }, "user:ann@example.com"],
  [{ id: "Ann@Example.com" }, "email:ann@example.com"],
  [{ email: "Ann@Example.com" }, "email:ann@example.com"],
  [{ cio_id: `cio_${id}` }, id],
  [{ cio_id: id }, id],
  [{ id: `cio_${id}` }, id],
] as const)("finds %j by %s", async (name, ref) => {
  expect(await findCustomer(setup([ref]).profiles, "ws_main", name)).toEqual(customer);
});

it.each([{ cio_id: "user:ann" }, { cio_id: "cio_03" }, {}])(
  "takes %j for nobody's, at once",
  async (name) => {
    const { profiles, asked } = setup(["user:ann"]);
    await expect(findCustomer(profiles, "ws_main", name)).rejects.toMatchObject({
      code: "not_found",
    });
    expect(asked).toEqual([]);
  },
);

it("takes an id for what it says, and looks nobody up for it", async () => {
  const { profiles, asked } = setup(["user:bob"]);
  expect(await externalIdBehind(profiles, "ws_main", "bob")).toEqual({
    userId: "bob",
    known: false,
  });
  expect(asked).toEqual([]);
});

it("takes an address for the person who has it, where there is one", async () => {
  const known = setup(["email:a@example.com"]).profiles;
  expect(await externalIdBehind(known, "ws_main", "a@example.com")).toEqual({
    userId: "ann",
    known: true,
  });
  expect(await externalIdBehind(known, "ws_main", "b@example.com")).toEqual({
    userId: "b@example.com",
    known: false,
  });
});
