import { withDeadline } from "./with-deadline.ts";

/** One thing a process needs, and whether it answers. */
export interface Readiness {
  readonly name: string;
  readonly ok: boolean;
}

/** Makes a check out of calls that reject when the thing is away; each gets the same time. */
export const createReadiness =
  (
    checks: Readonly<Record<string, () => Promise<unknown>>>,
    { timeoutMs = 1_000 }: { readonly timeoutMs?: number } = {},
  ) =>
  (): Promise<Readiness[]> =>
    Promise.all(
      Object.entries(checks).map(async ([name, check]) => {
        try {
          await withDeadline(timeoutMs, () => Promise.resolve(check()), "internal");
          return { name, ok: true };
        } catch {
          return { name, ok: false };
        }
      }),
    );

/** What `/readyz` answers. */
export const readinessAnswer = async (
  ready: () => Promise<Readiness[]>,
): Promise<{ status: 200 | 503; body: { status: string; checks: Readiness[] } }> => {
  const checks = await ready().catch(() => [{ name: "checks", ok: false }]);
  const ok = checks.every((check) => check.ok);
  return { status: ok ? 200 : 503, body: { status: ok ? "ok" : "unavailable", checks } };
};
