/** What it takes to tell that bytes came from a channel. The secrets are open, so this never leaves the process. */
export interface ChannelKeys {
  readonly channelId: string;
  readonly workspaceId: string;
  readonly botUserId: string;
  /** Newest first; an older one counts until its time. */
  readonly secrets: readonly { readonly value: string; readonly validUntil: Date | null }[];
}

/** Which channel a webhook may be from. */
export interface ChannelKeyring {
  byBot(botUserId: string): Promise<ChannelKeys | undefined>;
  byId(channelId: string): Promise<ChannelKeys | undefined>;
  /** Reads again what did not fit: once in a while and for all who ask meanwhile, so that forgeries cost no reads. */
  refresh(keys: ChannelKeys): Promise<ChannelKeys | undefined>;
}
