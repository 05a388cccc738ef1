/** What became of a message a person sent: its picture can be fetched until they take it back. */
export type ContentState = "available" | "unsent";

/** The messages of people whose content a bot can fetch. */
export interface Contents {
  keep(channelId: string, messageId: string): void;
  unsend(channelId: string, messageId: string): void;
  find(channelId: string, messageId: string): ContentState | undefined;
}

/** Opens an empty store. */
export function createContents(): Contents {
  const states = new Map<string, ContentState>();
  return {
    keep: (channelId, messageId) => void states.set(nameOf(channelId, messageId), "available"),
    unsend: (channelId, messageId) => {
      const name = nameOf(channelId, messageId);
      if (states.has(name)) states.set(name, "unsent");
    },
    find: (channelId, messageId) => states.get(nameOf(channelId, messageId)),
  };
}

const nameOf = (channelId: string, messageId: string): string => `${channelId}/${messageId}`;

/** What every picture sent in the simulator looks like: a PNG of one pixel. */
export const onePixelPng = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);
