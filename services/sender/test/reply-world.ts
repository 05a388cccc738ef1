import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { newReplyToken, replyTokenIds } from "@yubin/store";

import { openWorld, workspaceId, type World, type WorldOptions } from "./open-world.ts";

/** A world in which what people do comes by webhook, and its reply tokens are stored as ingress does. */
export interface ReplyWorld extends World {
  /** Somebody who follows; the token of that is gone. */
  addFriend(): Promise<string>;
  /** The person writes; resolves once the token of that is stored, and tells it. */
  wrote(lineUserId: string): Promise<string>;
  /** Asks for a message that may go as a free reply, under a marker of its own; its id. */
  ask(lineUserId: string, marker: string): Promise<string>;
}

interface Webhook {
  readonly events: readonly {
    readonly webhookEventId: string;
    readonly replyToken?: string;
    readonly source: { readonly userId: string };
  }[];
}

export const openReplyWorld = async (options: WorldOptions = {}): Promise<ReplyWorld> => {
  await using opened = new AsyncDisposableStack();
  const world = opened.use(await openWorld(options));
  const keep = async ({ events }: Webhook): Promise<void> => {
    for (const { replyToken: token, source, webhookEventId: eventId } of events) {
      if (token === undefined) continue;
      const { channelId } = world;
      const of = { workspaceId, channelId, lineUserId: source.userId, eventId, token };
      await world.store.replyTokens.insertOne(newReplyToken(of, new Date()));
    }
  };
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      keep(JSON.parse(Buffer.concat(chunks).toString()) as Webhook).then(
        () => res.end(),
        () => res.writeHead(500).end(),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.defer(() => new Promise<void>((resolve) => server.close(() => resolve())));
  opened.defer(() => server.closeAllConnections());
  const webhookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { simulator, line } = world;
  simulator.updateChannel(line.channelId, { webhookUrl });

  const closing = opened.move();
  return {
    ...world,
    addFriend: async () => {
      const [lineUserId = ""] = simulator.addPeople({ provider: "acme", count: 1 });
      await world.addProfile({ lineUserId });
      simulator.follow(line.channelId, [lineUserId]);
      await simulator.webhooks.settled();
      await world.store.replyTokens.deleteMany({ _id: replyTokenIds(world.channelId, lineUserId) });
      return lineUserId;
    },
    wrote: async (lineUserId) => {
      const { replyToken = "" } = simulator.say(line.channelId, lineUserId, "hi");
      await simulator.webhooks.settled();
      if (!(await world.store.replyTokens.findOne({ token: replyToken })))
        throw new Error("the token was not stored");
      return replyToken;
    },
    ask: (lineUserId, marker) =>
      world.message(
        {
          to: { provider: "acme", lineUserId },
          messages: [{ type: "text", text: `[[${marker}]] hi` }],
          replyIfFree: true,
        },
        marker,
      ),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
};
