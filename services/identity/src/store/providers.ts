import { createChannelReader, type Store } from "@yubin/store";

import { createMemory } from "../domain/create-memory.ts";
import { asStoreFailure } from "./as-store-failure.ts";

const forMs = 5_000;
const entriesMax = 1_000;

/** The provider labels of channels, remembered for a moment: every event asks for one. */
export const createProviders = (store: Store) => {
  const channels = createChannelReader(store);
  const remember = createMemory<string | undefined>({
    forMs,
    entriesMax,
    clock: () => performance.now(),
  });
  return (workspaceId: string, channelId: string): Promise<string | undefined> =>
    remember(`${workspaceId}/${channelId}`, async () => {
      try {
        return (await channels.findChannel(workspaceId, channelId))?.provider;
      } catch (error) {
        throw asStoreFailure(error);
      }
    });
};
