/** Runs the tests, or those whose path contains a given word, and ends with the line `tests: N passed, N failed`. */
import { parseCLI, startVitest } from "vitest/node";
import type { TestModule, Vitest } from "vitest/node";

interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const { passed, failed, skipped } = await runTests(process.argv.slice(2));
if (skipped > 0) console.log(`\n${skipped} skipped`);
if (passed + failed === 0) console.error("\nno test ran");

// A start or an end that fails is told by vitest's exit code alone.
const isUntold = failed === 0 && Boolean(process.exitCode);
console.log(`\ntests: ${passed} passed, ${isUntold ? 1 : failed} failed`);
process.exit(failed > 0 || isUntold || passed === 0 ? 1 : 0);

async function runTests(args: readonly string[]): Promise<Tally> {
  try {
    const { filter, options } = parseCLI(["vitest", "run", ...args]);
    const vitest = await startVitest(filter, { ...options, run: true, watch: false });
    const result = tally(vitest);
    await vitest.close();
    return result;
  } catch (error) {
    console.error(error);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function tally({ state }: Vitest): Tally {
  const modules = state.getTestModules();
  const count = (wanted: "passed" | "failed" | "skipped"): number =>
    modules.reduce((sum, one) => sum + [...one.children.allTests(wanted)].length, 0);

  // A file that does not load, a hook that throws and an error outside any test fail too, though no test did.
  const outside = modules.flatMap(failuresOutsideTests).length + state.getUnhandledErrors().length;
  return { passed: count("passed"), failed: count("failed") + outside, skipped: count("skipped") };
}

function failuresOutsideTests(module: TestModule): unknown[] {
  return [module, ...module.children.allSuites()].flatMap((suite) => suite.errors());
}
