import type { NodeProcess } from "../stack/node-process.ts";

const metric =
  /^yubin_wait_seconds_total\{[^}]*on="(?<on>[^"]+)"[^}]*\} (?<seconds>[0-9.e+-]+)$/gmu;
const cpu = /^process_cpu_seconds_total(?:\{[^}]*\})? (?<seconds>[0-9.e+-]+)$/mu;

/**
 * Notes what the processes have waited for so far; call the answer for the share of each since then. Waits overlap, so
 * the shares are of all waiting, and the processor's time stands beside them.
 */
export const waitingSince = async (
  processes: readonly NodeProcess[],
): Promise<() => Promise<Readonly<Record<string, string>>>> => {
  const before = await readAll(processes);
  const startedAt = performance.now();
  return async () => {
    const after = await readAll(processes);
    const elapsedSeconds = (performance.now() - startedAt) / 1_000;
    const spent = Object.entries(after.waits).map(
      ([on, seconds]) => [on, seconds - (before.waits[on] ?? 0)] as const,
    );
    const sum = spent.reduce((total, [, seconds]) => total + seconds, 0);
    return {
      ...Object.fromEntries(
        spent.map(([on, seconds]) => [
          `share of waiting: ${on}`,
          `${sum === 0 ? 0 : Math.round((seconds / sum) * 100)} %`,
        ]),
      ),
      "processor used by the service, cores": ((after.cpu - before.cpu) / elapsedSeconds).toFixed(
        2,
      ),
    };
  };
};

const readAll = async (
  processes: readonly NodeProcess[],
): Promise<{ waits: Record<string, number>; cpu: number }> => {
  const waits: Record<string, number> = {};
  let cpuSeconds = 0;
  for (const { readyUrl } of processes.filter((one) => one.isRunning)) {
    const text = await (await fetch(new URL("/metrics", readyUrl))).text();
    for (const { groups } of text.matchAll(metric)) {
      const on = groups?.["on"] ?? "";
      waits[on] = (waits[on] ?? 0) + Number(groups?.["seconds"]);
    }
    cpuSeconds += Number(cpu.exec(text)?.groups?.["seconds"] ?? 0);
  }
  return { waits, cpu: cpuSeconds };
};
