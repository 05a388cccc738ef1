import { lineRoutes } from "./routes/index.ts";
import type { Route } from "./line-call.ts";

/** A route and the segments its path caught. */
export interface RouteMatch {
  readonly route: Route;
  readonly params: readonly string[];
}

const exact = new Map<string, RouteMatch>();
const patterns: { method: string; pattern: RegExp; route: Route }[] = [];

for (const route of lineRoutes) {
  if (route.path.includes(":")) {
    const pattern = new RegExp(`^${route.path.replaceAll(/:[a-zA-Z]+/g, "([^/]+)")}$`);
    patterns.push({ method: route.method, pattern, route });
  } else {
    exact.set(`${route.method} ${route.path}`, { route, params: [] });
  }
}

/** Finds the endpoint of an exact path; LINE tolerates no other spelling. */
export function matchRoute(method: string, path: string): RouteMatch | undefined {
  const found = exact.get(`${method} ${path}`);
  if (found) return found;
  for (const { method: wanted, pattern, route } of patterns) {
    const caught = wanted === method ? pattern.exec(path) : null;
    if (caught) return { route, params: caught.slice(1) };
  }
  return undefined;
}
