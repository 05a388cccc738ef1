import { readdir, readFile } from "node:fs/promises";

/** Who uses the processor in a benchmark: of each the pattern of its command line, the first that fits. */
const users: readonly (readonly [name: string, command: RegExp])[] = [
  ["templates", /liquid\/src\/render-process/u],
  ["the sender", /services\/sender\//u],
  ["ingress", /services\/ingress\//u],
  ["identity", /services\/identity\//u],
  ["LINE's stand-in", /simulator\/src\//u],
  ["Redis", /(?:valkey|redis)-server/u],
  ["MongoDB", /mongo|secantus/iu],
];
/** What Linux counts in, wherever Node.js runs. */
const tickUs = 10_000;

type Times = ReadonlyMap<number, { readonly name: string; readonly us: number }>;

/**
 * Notes how much processor everybody has used so far; call the answer for what each has used since then for each of so
 * many. Empty where the kernel does not tell.
 */
export const processorTimeSince = async (): Promise<
  (count: number) => Promise<Readonly<Record<string, string>>>
> => {
  const before = await readTimes();
  return async (count) => {
    const spent = new Map<string, number>();
    for (const [pid, { name, us }] of await readTimes()) {
      const since = us - (before.get(pid)?.us ?? 0);
      spent.set(name, (spent.get(name) ?? 0) + since);
    }
    return Object.fromEntries(
      [...spent]
        .toSorted(([, one], [, other]) => other - one)
        .map(([name, us]) => [`processor for each: ${name}`, `${Math.round(us / count)} µs`]),
    );
  };
};

const readTimes = async (): Promise<Times> => {
  const times = new Map<number, { name: string; us: number }>();
  const pids = (await readdir("/proc").catch(() => [])).map(Number).filter(Boolean);
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    const name = users.find(([, pattern]) => pattern.test(command))?.[0];
    // After the name, which may hold anything: state, parent, and eleven more to the time of its own and the kernel's.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const parent = Number(fields[1]);
    if (name === undefined || !(await isOurs(parent))) continue;
    times.set(pid, { name, us: (Number(fields[11]) + Number(fields[12])) * tickUs });
  }
  return times;
};

/** Started by this process, by what it started, and so on. */
const isOurs = async (parent: number): Promise<boolean> => {
  for (let pid = parent; pid > 1;) {
    if (pid === process.pid) return true;
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    pid = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
  }
  return false;
};
