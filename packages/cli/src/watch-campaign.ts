import { setTimeout as pause } from "node:timers/promises";
import type { CampaignMetrics } from "@yubin/types";

import type { Cli } from "./cli.ts";
import { interrupted, interruptedCode, interruptible } from "./io.ts";
import { createProgress } from "./output/progress.ts";
import { isUnderWay, metricsText, progressOf } from "./views/campaign-text.ts";

const lookEveryMs = 1_000;

/** Stays while a campaign is sent; 0 once it is done, 1 where it stands still, 130 at Ctrl-C, which stops nothing. */
export const watchCampaign = ({ yubin, io, out }: Cli, id: string): Promise<number> =>
  interruptible(io, async (signal) => {
    const end = await untilStill().catch(interrupted(signal));
    if (end) {
      await out.show({ id, ...end }, () => metricsText(id, end, out));
      return end.state === "done" ? 0 : 1;
    }
    out.note(`${id} goes on without being watched: yubin campaigns watch ${id}`);
    return interruptedCode;

    async function untilStill(): Promise<CampaignMetrics> {
      using progress = createProgress(io);
      for (;;) {
        const now = await yubin.campaigns.metrics(id, { signal });
        if (!isUnderWay(now.state)) return now;
        progress.tell(progressOf(now));
        await pause(lookEveryMs, undefined, { signal });
      }
    }
  });
