import type { Group } from "./groups.ts";
import { newEvent } from "./new-event.ts";
import type { World } from "./world.ts";

/** What people do with the account in group chats. */
export interface GroupActions {
  /** Somebody invites the account into a group of these people. */
  join(channelId: string, members: readonly string[]): Group;
  /** The account is removed from the group. */
  leave(channelId: string, groupId: string): void;
  /** More people come in. */
  memberJoined(channelId: string, groupId: string, userIds: readonly string[]): void;
  /** People leave. */
  memberLeft(channelId: string, groupId: string, userIds: readonly string[]): void;
}

/** Opens the group actions, in the world that is current at the time. */
export function createGroupActions(currentWorld: () => World): GroupActions {
  const tell = (
    group: Group,
    fields: { type: string; reply?: boolean; [field: string]: unknown },
  ) => {
    const world = currentWorld();
    const source = { type: "group", groupId: group.groupId } as const;
    const event = newEvent(world, world.channels.get(group.channelId), { ...fields, source });
    world.webhooks.deliver(group.channelId, [event]);
  };
  const need = (channelId: string, groupId: string): Group =>
    currentWorld().groups.get(channelId, groupId);
  return {
    join: (channelId, members) => {
      const group = currentWorld().groups.open(channelId, members);
      tell(group, { type: "join", reply: true });
      return group;
    },
    leave: (channelId, groupId) => {
      const group = need(channelId, groupId);
      group.botIsIn = false;
      tell(group, { type: "leave" });
    },
    memberJoined: (channelId, groupId, userIds) => {
      const group = need(channelId, groupId);
      for (const userId of userIds) group.members.add(userId);
      tell(group, { type: "memberJoined", reply: true, joined: sources(userIds) });
    },
    memberLeft: (channelId, groupId, userIds) => {
      const group = need(channelId, groupId);
      for (const userId of userIds) group.members.delete(userId);
      tell(group, { type: "memberLeft", left: sources(userIds) });
    },
  };
}

const sources = (userIds: readonly string[]) => ({
  members: userIds.map((userId) => ({ type: "user", userId })),
});
