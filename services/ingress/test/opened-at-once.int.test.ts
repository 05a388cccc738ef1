import { testServers } from "@yubin/servers/testing";
import { connectStore } from "@yubin/store";
import { newId } from "@yubin/types";
import { expect, it } from "vitest";

import { createAudienceLists } from "../src/store/audience-lists.ts";
import { createImports } from "../src/store/imports.ts";

const rounds = 60;
const openers = 8;

it("whoever opens the same import or list at once gets the same one, and nobody an error", async () => {
  await using opened = new AsyncDisposableStack();
  const stores = await Promise.all(
    Array.from({ length: 2 }, async () => {
      const store = await connectStore({ url: testServers().mongoUrl });
      opened.defer(() => store.close());
      return { imports: createImports(store), lists: createAudienceLists(store) };
    }),
  );
  const createdAt = new Date();
  const workspaceId = newId("ws");
  for (let round = 0; round < rounds; round += 1) {
    const file = { workspaceId, format: "csv" as const, createdAt };
    const [importId, listId] = [newId("imp"), newId("list")];
    const openBoth = async (nth: number) => {
      const { imports, lists } = stores[nth % stores.length] ?? {};
      const list = { ...file, id: listId, campaignId: "camp_1", upload: `u${nth}` };
      return Promise.all([imports?.open({ ...file, id: importId }), lists?.open(list)]);
    };
    const answers = await Promise.all(Array.from({ length: openers }, (_, nth) => openBoth(nth)));
    expect(new Set(answers.flat().map((answer) => answer?.id))).toEqual(
      new Set([importId, listId]),
    );
  }
});
