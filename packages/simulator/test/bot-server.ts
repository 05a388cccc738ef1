import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { WebhookEvent } from "../src/index.ts";

/** A webhook request as the bot server got it. */
export interface Received {
  readonly signature: string | undefined;
  readonly contentType: string | undefined;
  readonly body: string;
  readonly events: readonly WebhookEvent[];
}

/** A bot server that writes down what it is sent. */
export interface BotServer extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** All events of all requests. */
  events(): WebhookEvent[];
}

/** Starts a bot server; `answer` gives the status of the nth request, or nothing for no answer at all. */
export async function startBotServer(
  answer: (n: number) => number | undefined = () => 200,
): Promise<BotServer> {
  const received: Received[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      const { events } = JSON.parse(body) as { events: WebhookEvent[] };
      received.push({
        signature: req.headers["x-line-signature"] as string | undefined,
        contentType: req.headers["content-type"],
        body,
        events,
      });
      const status = answer(received.length);
      if (status !== undefined) res.writeHead(status).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/inbound/line`,
    received,
    events: () => received.flatMap((one) => one.events),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
