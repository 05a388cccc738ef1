import { spawn } from "node:child_process";

/**
 * Waits for its standard input to close, which the kernel does whenever this process ends; then it kills the server
 * and removes its temporary data. The wait before the removal is bounded: a dead child may stay a zombie for ever.
 */
const script = `
read -r _
kill -9 "$1" 2>/dev/null
[ -n "$2" ] || exit 0
n=0
while kill -0 "$1" 2>/dev/null && [ "$n" -lt 20 ]; do sleep 0.1; n=$((n+1)); done
rm -rf -- "$2"
`;

/** Makes the server die with this process, even if this is killed. Returns what calls that off. */
export const watch = (pid: number | undefined, temporaryDir: string | undefined): (() => void) => {
  const watcher = spawn("/bin/sh", ["-c", script, "sh", String(pid), temporaryDir ?? ""], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  watcher.on("error", () => undefined); // without a shell, servers must be stopped by `stop`
  watcher.unref();
  return () => {
    // In this order: a watcher that is gone cannot see its input close and kill whoever has the number by then.
    watcher.kill("SIGKILL");
    watcher.stdin.destroy();
  };
};
