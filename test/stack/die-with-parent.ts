import { enableCompileCache, flushCompileCache } from "node:module";
import { join } from "node:path";

// Preloaded into every process of a local stack: when whoever started it is gone, however it ended, so is this.
process.on("disconnect", () => process.exit(1));
process.channel?.unref();

// Tests kill and replace processes by the dozen, and compiling is most of what a start costs. What gets SIGKILL writes
// nothing at its end, so the cache is written once all is loaded.
enableCompileCache(join(import.meta.dirname, "../../.yubin/compiled"));
setTimeout(flushCompileCache, 2_000).unref();
