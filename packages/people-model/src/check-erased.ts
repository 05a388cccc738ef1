import { aliasKey } from "@yubin/types";
import type { EventRow, Store } from "@yubin/store";

import { isErased, type Told } from "./check-told.ts";
import type { People } from "./people.ts";

/** Nothing of those who were erased is left in any collection, and nothing that came later was taken from the others. */
export const checkErased = async (
  store: Store,
  people: People,
  told: readonly Told[],
  workspaceId: string,
): Promise<string[]> => {
  const gone = told.filter((one) => isErased(people, one) || one.end.reason === "erased");
  const gonePeople = gone.filter((one) => !isOfTheLiving(people, one, workspaceId));
  // What was told under a LINE ID while it went from one person to the other may be with both.
  const tokens = new Set(
    gonePeople.flatMap(({ token }) =>
      token && !token.name.kind.startsWith("line/") ? token.value : [],
    ),
  );
  const broken = gone
    .filter(({ end }) => end.type !== "erase" && hasContent(end))
    .map(({ end }) => {
      const what = `${end.type} ${end._id} (${end.state} ${end.reason ?? ""})`;
      return `${what} of somebody erased still says something`;
    });
  for (const profile of people.profiles.values())
    if (profile.erasedAt && Object.keys(profile.traits).length + profile.lineAccounts.length > 0)
      broken.push(`${profile._id} was erased and is not blank`);
  for (const { name, text } of await dump(store))
    for (const [token] of text.matchAll(/token-e\d+-k_[a-z]_[\w-]+/g))
      if (tokens.has(token)) broken.push(`${token} of somebody erased is in ${name}`);
  return [...new Set(broken)];
};

/**
 * A word that began to be applied before somebody else whom it names was erased, and ended after: it was told of one who
 * is still there, under a name that was theirs before it.
 */
const isOfTheLiving = (people: People, { end, row, token }: Told, workspaceId: string): boolean => {
  const alias = token && people.aliases.get(aliasKey(workspaceId, token.name));
  if (!alias || end.reason !== "erased" || alias.since > row.occurredAt) return false;
  const owner = people.survivorOf(alias.profileId)?.profile;
  return owner !== undefined && !owner.erasedAt;
};

const hasContent = ({ body, lineUserId, hash }: EventRow): boolean =>
  Object.keys(body).length > 0 || lineUserId !== null || (hash ?? null) !== null;

/** All collections, document by document. */
export const dump = async (store: Store): Promise<{ name: string; text: string }[]> => {
  const db = store.connection.db;
  if (!db) throw new Error("the database is not open");
  const names = (await db.listCollections().toArray()).map(({ name }) => name);
  const documents: { name: string; text: string }[] = [];
  for (const name of names.toSorted())
    for await (const document of db.collection(name).find({}))
      documents.push({
        name: `${name} ${String(document["_id"])}`,
        text: JSON.stringify(document),
      });
  return documents;
};
