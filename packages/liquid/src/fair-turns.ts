/** Whose turn it is: tenants one after the other, and of one tenant what waited longest. */
export interface FairTurns<T extends { readonly tenant: string }> {
  readonly waiting: number;
  /** At the end of what its tenant waits for. */
  add(item: T): void;
  /** The next one, after which its tenant goes behind all others. */
  take(): T | undefined;
  /** Whether it waited. */
  remove(item: T): boolean;
  clear(): T[];
}

export const createFairTurns = <T extends { readonly tenant: string }>(): FairTurns<T> => {
  /** In the order of their turns; nobody is in it who waits for nothing. */
  const tenants = new Map<string, T[]>();
  let waiting = 0;

  const remove = (item: T): boolean => {
    const items = tenants.get(item.tenant);
    const place = items?.indexOf(item) ?? -1;
    if (!items || place === -1) return false;
    items.splice(place, 1);
    waiting -= 1;
    if (items.length === 0) tenants.delete(item.tenant);
    return true;
  };

  return {
    get waiting() {
      return waiting;
    },
    add: (item) => {
      const items = tenants.get(item.tenant);
      if (items) items.push(item);
      else tenants.set(item.tenant, [item]);
      waiting += 1;
    },
    take: () => {
      const [next] = tenants;
      const [tenant, items] = next ?? [];
      const item = items?.[0];
      if (tenant === undefined || !items || item === undefined) return undefined;
      remove(item);
      if (items.length > 0) {
        tenants.delete(tenant);
        tenants.set(tenant, items);
      }
      return item;
    },
    remove,
    clear: () => {
      const all = [...tenants.values()].flat();
      tenants.clear();
      waiting = 0;
      return all;
    },
  };
};
