import type { MarkerCount } from "./ledger.ts";

/** How often each recipient was sent each marker. */
export interface MarkerCounts {
  /** Counts one acceptance and returns how many of its recipients had the marker before. */
  add(channelId: string, marker: string, recipients: readonly string[]): number;
  recipients(marker: string, channelId?: string): Map<string, number>;
  list(options?: { prefix?: string; channelId?: string; limit?: number }): MarkerCount[];
  receivedBy(recipient: string, channelId?: string): Map<string, number>;
  count(channelId?: string): number;
  clear(): void;
}

/**
 * One recipient stays a plain pair and only a second one opens a map: a personal campaign of a million people
 * is a million markers of one recipient each.
 */
type Entry = { readonly recipient: string; count: number } | Map<string, number>;

/** Opens an empty count. */
export function createMarkerCounts(): MarkerCounts {
  const channels = new Map<string, Map<string, Entry>>();
  const chosen = (channelId?: string): [string, Map<string, Entry>][] =>
    [...channels].filter(([id]) => channelId === undefined || id === channelId);

  return {
    add: (channelId, marker, recipients) => {
      let markers = channels.get(channelId);
      if (!markers) channels.set(channelId, (markers = new Map()));
      return addTo(markers, marker, recipients);
    },
    recipients: (marker, channelId) => {
      const found = new Map<string, number>();
      for (const [, markers] of chosen(channelId)) {
        for (const [recipient, count] of pairsOf(markers.get(marker))) {
          found.set(recipient, (found.get(recipient) ?? 0) + count);
        }
      }
      return found;
    },
    list: ({ prefix = "", channelId, limit = Number.POSITIVE_INFINITY } = {}) => {
      const found: MarkerCount[] = [];
      for (const [id, markers] of chosen(channelId)) {
        for (const [marker, entry] of markers) {
          if (found.length >= limit) return found;
          if (marker.startsWith(prefix)) found.push({ marker, channelId: id, ...sizeOf(entry) });
        }
      }
      return found;
    },
    receivedBy: (recipient, channelId) => {
      const found = new Map<string, number>();
      for (const [, markers] of chosen(channelId)) {
        for (const [marker, entry] of markers) {
          const count = countOf(entry, recipient);
          if (count > 0) found.set(marker, (found.get(marker) ?? 0) + count);
        }
      }
      return found;
    },
    count: (channelId) => chosen(channelId).reduce((sum, [, markers]) => sum + markers.size, 0),
    clear: () => channels.clear(),
  };
}

function addTo(markers: Map<string, Entry>, marker: string, recipients: readonly string[]): number {
  let repeats = 0;
  for (const recipient of recipients) {
    const entry = markers.get(marker);
    if (entry === undefined) {
      markers.set(marker, { recipient, count: 1 });
    } else if (entry instanceof Map) {
      const before = entry.get(recipient) ?? 0;
      entry.set(recipient, before + 1);
      if (before > 0) repeats += 1;
    } else if (entry.recipient === recipient) {
      entry.count += 1;
      repeats += 1;
    } else {
      markers.set(
        marker,
        new Map([
          [entry.recipient, entry.count],
          [recipient, 1],
        ]),
      );
    }
  }
  return repeats;
}

function pairsOf(entry: Entry | undefined): Iterable<[string, number]> {
  if (entry === undefined) return [];
  return entry instanceof Map ? entry : [[entry.recipient, entry.count]];
}

function countOf(entry: Entry, recipient: string): number {
  if (entry instanceof Map) return entry.get(recipient) ?? 0;
  return entry.recipient === recipient ? entry.count : 0;
}

function sizeOf(entry: Entry): { recipients: number; accepted: number } {
  if (!(entry instanceof Map)) return { recipients: 1, accepted: entry.count };
  let accepted = 0;
  for (const count of entry.values()) accepted += count;
  return { recipients: entry.size, accepted };
}
