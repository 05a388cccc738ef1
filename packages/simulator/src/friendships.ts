/** How a person stands to a channel. */
export type Friendship = "stranger" | "friend" | "blocked";

/** Who follows which channel, by the person's number under the channel's provider. */
export interface Friendships {
  get(channelId: string, index: number): Friendship;
  set(channelId: string, index: number, state: Friendship): void;
  /** The number of the next friend at or after `from`, or undefined when there is none. */
  nextFriend(channelId: string, from: number): number | undefined;
  counts(channelId: string): { friends: number; blocked: number };
  /** The person wrote in the one-to-one chat: a push reaches them for a week, friend or not. */
  wrote(channelId: string, index: number, atMs: number): void;
  wroteAtMs(channelId: string, index: number): number | undefined;
}

const states = ["stranger", "friend", "blocked"] as const;

/** Opens a world of strangers. One byte per person and channel. */
export function createFriendships(): Friendships {
  const channels = new Map<string, { bytes: Uint8Array; wrote: Map<number, number> }>();
  const of = (channelId: string) => {
    let channel = channels.get(channelId);
    if (!channel) {
      channel = { bytes: new Uint8Array(1_024), wrote: new Map() };
      channels.set(channelId, channel);
    }
    return channel;
  };
  return {
    get: (channelId, index) => states[of(channelId).bytes[index] ?? 0] ?? "stranger",
    set: (channelId, index, state) => {
      const channel = of(channelId);
      if (index >= channel.bytes.length) channel.bytes = grown(channel.bytes, index);
      channel.bytes[index] = states.indexOf(state);
    },
    nextFriend: (channelId, from) => {
      const found = of(channelId).bytes.indexOf(states.indexOf("friend"), from);
      return found < 0 ? undefined : found;
    },
    counts: (channelId) => {
      let friends = 0;
      let blocked = 0;
      for (const state of of(channelId).bytes) {
        if (state === 1) friends += 1;
        else if (state === 2) blocked += 1;
      }
      return { friends, blocked };
    },
    wrote: (channelId, index, atMs) => {
      of(channelId).wrote.set(index, atMs);
    },
    wroteAtMs: (channelId, index) => of(channelId).wrote.get(index),
  };
}

function grown(bytes: Uint8Array, index: number): Uint8Array {
  const larger = new Uint8Array(Math.max(bytes.length * 2, index + 1));
  larger.set(bytes);
  return larger;
}
