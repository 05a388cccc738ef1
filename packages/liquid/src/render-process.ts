import { writeFileSync } from "node:fs";

import { renderTurn, type Turn } from "./render-turn.ts";

/** A process that does nothing but render: it takes turns from whoever started it, and ends with them. */
process.on("message", (turn: Turn) => {
  process.send?.(renderTurn(turn));
});
process.on("disconnect", () => process.exit());
// Ctrl-C reaches a whole group of processes; whoever started this one still has renders to finish.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
try {
  // Where memory runs out for all, Linux is to take this one first.
  writeFileSync("/proc/self/oom_score_adj", "1000");
} catch {
  // Not Linux, or not allowed.
}
process.send?.("ready");
