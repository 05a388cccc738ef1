import type { NameWanted } from "./fetch-name.ts";
import type { LineAccount, Profile } from "./profile.ts";

export interface SweepNamesDeps {
  /** Live profiles made between two moments, from after a profile on, in the order of their ids. */
  readonly findRecent: (page: {
    readonly from: Date;
    readonly to: Date;
    readonly after: string | undefined;
    readonly limit: number;
  }) => Promise<Profile[]>;
  readonly enqueue: (wanted: NameWanted[]) => Promise<void>;
  readonly now: () => Date;
}

const pageSize = 500;
const youngestMs = 120_000;
const oldestMs = 86_400_000;

/**
 * Asks again for names whose fetch was lost, among people met in the last day. It looks at one page a turn, since a
 * name is not worth reading every profile for.
 */
export const createNameSweep = ({ findRecent, enqueue, now }: SweepNamesDeps) => {
  let after: string | undefined;
  return async (): Promise<number> => {
    const time = now().getTime();
    const page = await findRecent({
      from: new Date(time - oldestMs),
      to: new Date(time - youngestMs),
      after,
      limit: pageSize,
    });
    after = page.length < pageSize ? undefined : page.at(-1)?.id;
    const wanted = page.flatMap(namesWanted);
    if (wanted.length > 0) await enqueue(wanted);
    return wanted.length;
  };
};

const namesWanted = ({ id, workspaceId, lineAccounts }: Profile): NameWanted[] =>
  lineAccounts.flatMap((account) => {
    const channelId = followedChannel(account);
    if (account.fetchedAt !== null || channelId === undefined) return [];
    return [{ workspaceId, channelId, profileId: id, lineUserId: account.lineUserId }];
  });

/** LINE tells names to channels that the person follows. */
const followedChannel = ({ friendship }: LineAccount): string | undefined =>
  Object.entries(friendship).find(([, { state }]) => state === "following")?.[0];
