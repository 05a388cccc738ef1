import { randomBytes } from "node:crypto";

import {
  checkPeople,
  createIssuer,
  createOperations,
  createRandom,
  type Issued,
} from "@yubin/people-model";
import { testServers } from "@yubin/servers/testing";
import { connectStore } from "@yubin/store";
import { expect, it } from "vitest";

import { channelId, workspaceId } from "./made-events.ts";
import { channelRow } from "./people-world.ts";
import { openPeopleWorker, type PeopleWorker } from "./people-workers.ts";

const seed = Number(process.env["PEOPLE_SEED"] ?? 20_261_126);
const operations = Number(process.env["PEOPLE_OPS"] ?? 4_000);
const ids = Number(process.env["PEOPLE_IDS"] ?? 400);
const workersMax = 4;
const chunk = 100;

it(`agrees with the model after ${operations} operations on ${ids} ids by 4 workers that die and lose answers, seed ${seed}`, async () => {
  const { mongoUrl } = testServers();
  const secretKeys = [{ key: randomBytes(32) }];
  await using opened = new AsyncDisposableStack();
  const store = await connectStore({ url: mongoUrl });
  opened.defer(() => store.close());
  await store.channels.insertOne(channelRow(channelId));
  await store.workspaces.insertOne({
    _id: workspaceId,
    name: "",
    mergesPerHourMax: 1_000_000_000,
    createdAt: new Date(),
  });
  const workers: PeopleWorker[] = [];
  for (let n = 0; n < workersMax; n += 1) {
    const worker = await openPeopleWorker(mongoUrl, secretKeys, {
      random: createRandom(seed + n),
      deaths: Number(process.env["PEOPLE_DEATHS"] ?? 4),
      lostReplies: Number(process.env["PEOPLE_LOST"] ?? 2),
      pauseMsMax: 5,
    });
    opened.defer(() => worker.close());
    workers.push(worker);
  }

  const random = createRandom(seed + 100);
  const nextOperation = createOperations(seed, ids);
  const issue = createIssuer({ store, workspaceId, channelId });
  const issued: Issued[] = [];
  const jobs: string[][] = [];
  const telling = { isOver: false };
  let deaths = 0;
  const startedAt = performance.now();
  const tell = async (): Promise<void> => {
    for (let told = 0; told < operations; told += chunk) {
      while (jobs.length > 30) await new Promise((resolve) => setTimeout(resolve, 5));
      const some = await issue(Array.from({ length: chunk }, nextOperation));
      issued.push(...some);
      const rows = some.map(({ row }) => row._id);
      while (rows.length > 0) {
        const job = rows.splice(0, 1 + random.below(12));
        jobs.push(job);
        if (random.below(10) === 0) jobs.splice(random.below(jobs.length), 0, job); // twice
      }
    }
    telling.isOver = true;
  };
  const work = async (worker: PeopleWorker): Promise<void> => {
    while (!telling.isOver || jobs.length > 0) {
      const job = jobs.shift();
      if (!job) await new Promise((resolve) => setTimeout(resolve, 5));
      else if (!(await worker.apply(workspaceId, job))) {
        deaths += 1;
        jobs.push(job);
      }
    }
  };
  await Promise.all([tell(), ...workers.map(work)]);
  const seconds = (performance.now() - startedAt) / 1_000;
  for (let n = 0; n < 3; n += 1) await workers[0]?.sweep(700_000 * (n + 1));

  const checked = await checkPeople(store, workspaceId, issued);
  const summary = {
    ...checked,
    deaths,
    seconds: Math.round(seconds),
    broken: checked.broken.length,
  };
  process.stdout.write(`seed ${seed} ${JSON.stringify(summary)}\n`);
  expect(checked.broken).toEqual([]);
});
