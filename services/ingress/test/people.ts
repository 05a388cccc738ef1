import { randomBytes } from "node:crypto";
import type { LineAccount, ProfileRow } from "@yubin/store";
import { aliasKey, lineAlias, newId, type AliasName } from "@yubin/types";

import type { TestIngress } from "./setup.ts";

export interface Person {
  readonly workspaceId?: string;
  readonly externalId?: string;
  readonly email?: string;
  readonly lineUserIds?: readonly string[];
  readonly traits?: Record<string, unknown>;
  /** Whatever else is to be different. */
  readonly row?: Partial<ProfileRow>;
}

/** A person with the names that lead to them, written as identity does; their id. */
export const addPerson = async ({ store }: TestIngress, person: Person = {}): Promise<string> => {
  const { workspaceId = "ws_main", externalId, email, lineUserIds = [], traits = {} } = person;
  const now = new Date();
  const row: ProfileRow = {
    _id: newId("prof"),
    workspaceId,
    externalId: externalId ?? null,
    traits: { ...traits, ...(email === undefined ? {} : { email }) },
    traitTimes: {},
    consents: {},
    suppression: null,
    lineAccounts: lineUserIds.map((lineUserId) => lineAccount({ lineUserId })),
    friendOf: [],
    blockedOn: [],
    mergedInto: null,
    mergedFrom: [],
    version: 1,
    createdAt: now,
    updatedAt: now,
    ...person.row,
  };
  await store.profiles.insertOne(row);
  const names: AliasName[] = [
    ...(externalId === undefined ? [] : [{ kind: "user" as const, value: externalId }]),
    ...(email === undefined ? [] : [{ kind: "email" as const, value: email }]),
    ...row.lineAccounts.map(({ provider, lineUserId }) => lineAlias(provider, lineUserId)),
  ];
  for (const alias of names)
    await store.aliases.insertOne({
      _id: aliasKey(workspaceId, alias),
      workspaceId,
      ...alias,
      profileId: row._id,
      proof: "test",
      since: now,
    });
  return row._id;
};

export const newLineUserId = (): string => `U${randomBytes(16).toString("hex")}`;

/** A linked LINE account, of a friend of nobody unless told otherwise. */
export const lineAccount = (given: Partial<LineAccount> = {}): LineAccount => ({
  provider: "main",
  lineUserId: newLineUserId(),
  displayName: null,
  pictureUrl: null,
  language: null,
  fetchedAt: null,
  linkedAt: new Date(),
  proof: { kind: "event", at: new Date() },
  friendship: {},
  ...given,
});
