import { hexId } from "./ids.ts";
import { NotFoundError } from "./lever-errors.ts";

/** A group chat that a bot was invited to. */
export interface Group {
  readonly groupId: string;
  readonly channelId: string;
  /** The user ids of its people. */
  readonly members: Set<string>;
  botIsIn: boolean;
}

/** All group chats. */
export interface Groups {
  open(channelId: string, members: readonly string[]): Group;
  find(channelId: string, groupId: string): Group | undefined;
  /** As find, with an error for a group the channel does not know. */
  get(channelId: string, groupId: string): Group;
}

/** Opens a world without groups. */
export function createGroups(seed: string | number): Groups {
  const groups = new Map<string, Group>();
  const find = (channelId: string, groupId: string): Group | undefined => {
    const group = groups.get(groupId);
    return group?.channelId === channelId ? group : undefined;
  };
  return {
    open: (channelId, members) => {
      const groupId = `C${hexId(seed, "group", groups.size)}`;
      const group = { groupId, channelId, members: new Set(members), botIsIn: true };
      groups.set(groupId, group);
      return group;
    },
    find,
    get: (channelId, groupId) => {
      const group = find(channelId, groupId);
      if (group) return group;
      throw new NotFoundError(`channel ${channelId} knows no group ${groupId}`);
    },
  };
}
