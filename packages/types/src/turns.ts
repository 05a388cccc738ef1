/** How much work of one tenant goes before it stands behind that of others. */
export interface TurnRule {
  /** So many jobs are one turn: the first goes at once, each of the next ones behind everybody's turns before it. */
  readonly size: number;
  /** So many a second count as done, so that whoever goes slowly never waits for a turn. */
  readonly perSecond: number;
}

export interface Turns {
  /** The turn of this tenant's next job: 0 at once, otherwise a priority as BullMQ has them, 1 before 2. */
  next(tenant: string): number;
}

/**
 * Fair turns without anybody who hands them out: each producer reckons by what it has put on the queue itself. A tenant
 * with a backlog of 200,000 has far turns; one with a hundred jobs has near ones, and goes before.
 */
export const createTurns = ({ size, perSecond }: TurnRule, now: () => number): Turns => {
  const levels = new Map<string, { level: number; at: number }>();
  return {
    next: (tenant) => {
      const at = now();
      const before = levels.get(tenant);
      const level = before ? Math.max(0, before.level - ((at - before.at) * perSecond) / 1_000) : 0;
      if (!before && levels.size >= tenantsMax) levels.clear();
      levels.set(tenant, { level: level + 1, at });
      return Math.min(Math.floor(level / size), turnMax);
    },
  };
};

const tenantsMax = 10_000;
/** BullMQ takes no priority beyond it. */
const turnMax = 2_000_000;
