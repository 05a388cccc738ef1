import type { TimelineItem } from "@yubin/types";

/** Where a timeline goes on: the newest is first, and of one time the later id. */
export interface Position {
  readonly at: Date;
  readonly id: string;
}

export interface Placed {
  readonly position: Position;
  readonly item: TimelineItem;
}

export interface TimelineQuery {
  readonly workspaceId: string;
  /** The person, and everybody they absorbed. */
  readonly profileIds: readonly string[];
  /** Only what is older; undefined for the newest. */
  readonly before: Position | undefined;
  readonly limit: number;
  /** Types of events, and `sent` for messages to the person; undefined for all. */
  readonly types: readonly string[] | undefined;
  readonly isTimeUp: () => boolean;
  readonly now: Date;
}

export interface TimelinePage {
  readonly items: readonly TimelineItem[];
  readonly next: Position | undefined;
}

export interface Timelines {
  read(query: TimelineQuery): Promise<TimelinePage>;
}

/**
 * One page of several sources, each newest first. Nothing older than the horizon is shown: a source has not looked
 * further, and what it has there would be left out for good.
 */
export const pageOf = (
  placed: readonly Placed[],
  { limit, horizon }: { readonly limit: number; readonly horizon: Position | undefined },
): TimelinePage => {
  const visible = placed
    .filter(({ position }) => !horizon || compare(position, horizon) >= 0)
    .toSorted((one, other) => compare(other.position, one.position));
  const shown = visible.slice(0, limit);
  return {
    items: shown.map(({ item }) => item),
    next: visible.length > limit ? shown.at(-1)?.position : horizon,
  };
};

export const isOlder = (one: Position, before: Position | undefined): boolean =>
  !before || compare(one, before) < 0;

const compare = (one: Position, other: Position): number =>
  one.at.getTime() - other.at.getTime() || (one.id < other.id ? -1 : Number(one.id > other.id));

export const positionText = ({ at, id }: Position): string => `${at.getTime()}/${id}`;

export const positionFrom = (text: string): Position => {
  const end = text.indexOf("/");
  return { at: new Date(Number(text.slice(0, end))), id: text.slice(end + 1) };
};
