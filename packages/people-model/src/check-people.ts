import type { Store } from "@yubin/store";

import { checkErased } from "./check-erased.ts";
import { checkRows, living } from "./check-rows.ts";
import { checkTold, checkUnion, namelessOf, type Told } from "./check-told.ts";
import type { Issued } from "./issue.ts";
import { readPeople } from "./people.ts";

/** What was found, and by how much of everything. */
export interface Checked {
  /** Promises that do not hold, each in words; empty when the model and the database agree. */
  readonly broken: readonly string[];
  readonly events: number;
  /** Events by how they ended, as `type state reason`. */
  readonly ends: Readonly<Record<string, number>>;
  readonly merges: Readonly<Record<string, number>>;
  readonly profiles: number;
  readonly live: number;
  /** Living profiles without any name: their only LINE ID is somebody else's now. */
  readonly nameless: number;
}

/** Compares the database with what the operations mean when they are applied one after the other. */
export const checkPeople = async (
  store: Store,
  workspaceId: string,
  issued: readonly Issued[],
): Promise<Checked> => {
  const people = await readPeople(store, workspaceId);
  const told = issued.flatMap((one): Told[] => {
    const end = people.events.get(one.row._id);
    return end ? [{ ...one, end }] : [];
  });
  const joins = Map.groupBy(
    told.filter(({ operation }) => operation.group.kind === "join"),
    ({ operation }) => operation.group.at,
  );
  const broken = [
    ...(told.length === issued.length ? [] : ["events are missing"]),
    ...checkRows(people),
    ...checkTold(people, told, workspaceId),
    ...[...joins.values()].flatMap((group) => checkUnion(people, group, workspaceId)),
    ...(await checkErased(store, people, told, workspaceId)),
  ];
  const counted = (names: readonly string[]): Record<string, number> =>
    Object.fromEntries(
      [...Map.groupBy(names, (name) => name)]
        .map(([name, all]): [string, number] => [name, all.length])
        .toSorted(([one], [other]) => (one < other ? -1 : 1)),
    );
  return {
    broken,
    events: told.length,
    ends: counted(
      told.map(
        ({ end }) => `${end.type} ${end.state}${end.reason === null ? "" : ` ${end.reason}`}`,
      ),
    ),
    merges: counted(people.merges.map(({ state }) => state)),
    profiles: people.profiles.size,
    live: living(people).length,
    nameless: namelessOf(people),
  };
};
