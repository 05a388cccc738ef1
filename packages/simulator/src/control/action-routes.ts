import { Router } from "express";
import type { Simulator } from "../simulator.ts";
import { choosePeople } from "./choose-people.ts";
import { object, optional, readFields, text, texts } from "./fields.ts";
import type { EventFields } from "../new-event.ts";
import type { Reader } from "./fields.ts";

const params: Reader<Record<string, string>> = (value, name) =>
  Object.fromEntries(
    Object.entries(object(value, name)).map(([key, one]) => [key, text(one, key)]),
  );

/** What people do. Every answer tells the events that were put on their way. */
export function actionRoutes(simulator: Simulator): Router {
  const router = Router();
  for (const action of ["follow", "block", "unblock"] as const) {
    router.post(`/channels/:id/${action}`, async (req, res) => {
      const { id } = req.params;
      const userIds = choosePeople(simulator, id, req.body);
      res.status(202).json({ events: await simulator.many(action, id, userIds) });
    });
  }
  router.post("/channels/:id/say", (req, res) => {
    const said = readFields(req.body, { userId: text, text, groupId: optional(text) });
    const { userId, text: words, ...options } = said;
    res.status(202).json(simulator.say(req.params.id, userId, words, options));
  });
  router.post("/channels/:id/image", (req, res) => {
    const { userId } = readFields(req.body, { userId: text });
    res.status(202).json(simulator.sendImage(req.params.id, userId));
  });
  router.post("/channels/:id/postback", (req, res) => {
    const tapped = readFields(req.body, { userId: text, data: text, params: optional(params) });
    const { userId, data } = tapped;
    res.status(202).json(simulator.postback(req.params.id, userId, data, tapped.params));
  });
  router.post("/channels/:id/unsend", (req, res) => {
    const { userId, messageId } = readFields(req.body, { userId: text, messageId: text });
    res.status(202).json(simulator.unsend(req.params.id, userId, messageId));
  });
  router.post("/channels/:id/account-link", (req, res) => {
    const { userId, ...link } = readFields(req.body, {
      userId: text,
      linkToken: text,
      nonce: text,
    });
    res.status(202).json(simulator.accountLink(req.params.id, userId, link) ?? { expired: true });
  });
  router.post("/channels/:id/event", (req, res) => {
    const { type, ...fields } = object(req.body, "the body");
    const event = { ...fields, type: text(type, "type") } as EventFields;
    res.status(202).json(simulator.event(req.params.id, event));
  });
  router.get("/channels/:id/friendship/:userId", (req, res) => {
    res.json({ friendship: simulator.friendship(req.params.id, req.params.userId) });
  });
  addGroupRoutes(router, simulator);
  return router;
}

function addGroupRoutes(router: Router, simulator: Simulator): void {
  router.post("/channels/:id/groups", (req, res) => {
    const { members } = readFields(req.body, { members: texts });
    const { groupId } = simulator.groups.join(req.params.id, members);
    res.status(202).json({ groupId });
  });
  router.post("/channels/:id/groups/:groupId/leave", (req, res) => {
    simulator.groups.leave(req.params.id, req.params.groupId);
    res.status(202).json({});
  });
  for (const [path, action] of [
    ["members-joined", "memberJoined"],
    ["members-left", "memberLeft"],
  ] as const) {
    router.post(`/channels/:id/groups/:groupId/${path}`, (req, res) => {
      const { members } = readFields(req.body, { members: texts });
      simulator.groups[action](req.params.id, req.params.groupId, members);
      res.status(202).json({});
    });
  }
}
