import { InvalidError } from "./lever-errors.ts";

/** Stands in for the load balancer before a bot server's replicas. */
export interface LoadBalancer {
  /** Requests for this origin go to these origins in turn; none given: straight to it again. */
  set(origin: string, targets: readonly string[]): void;
  /** Where this request may go, the one whose turn it is first. */
  urlsFor(url: string): string[];
}

/** Opens a balancer that passes everything straight on. */
export function createLoadBalancer(): LoadBalancer {
  const targets = new Map<string, { origins: readonly string[]; turn: number }>();
  return {
    set: (origin, origins) => {
      const from = originOf(origin);
      if (origins.length === 0) targets.delete(from);
      else targets.set(from, { origins: origins.map(originOf), turn: 0 });
    },
    urlsFor: (url) => {
      const wanted = new URL(url);
      const balanced = targets.get(wanted.origin);
      if (!balanced) return [url];
      const { origins } = balanced;
      const first = balanced.turn % origins.length;
      balanced.turn += 1;
      return [...origins.slice(first), ...origins.slice(0, first)].map(
        (origin) => origin + wanted.pathname + wanted.search,
      );
    },
  };
}

function originOf(url: string): string {
  if (!URL.canParse(url)) throw new InvalidError("an origin must be a URL");
  return new URL(url).origin;
}
