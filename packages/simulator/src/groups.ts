import { hexId } from "./ids.ts";

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
}

/** Opens a world without groups. */
export function createGroups(seed: string | number): Groups {
  const groups = new Map<string, Group>();
  return {
    open: (channelId, members) => {
      const groupId = `C${hexId(seed, "group", groups.size)}`;
      const group = { groupId, channelId, members: new Set(members), botIsIn: true };
      groups.set(groupId, group);
      return group;
    },
    find: (channelId, groupId) => {
      const group = groups.get(groupId);
      return group?.channelId === channelId ? group : undefined;
    },
  };
}
