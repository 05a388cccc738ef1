import { expect, it } from "vitest";
import { createLoadBalancer } from "./load-balancer.ts";

it("takes the replicas in turn and keeps path and query", () => {
  const balancer = createLoadBalancer();
  balancer.set("http://bot.example", ["http://a:1", "http://b:2"]);
  const first = (): string | undefined => balancer.urlsFor("http://bot.example/in?x=1")[0];
  expect([first(), first(), first()]).toEqual([
    "http://a:1/in?x=1",
    "http://b:2/in?x=1",
    "http://a:1/in?x=1",
  ]);
});

it("offers the other replicas for one that takes no connections", () => {
  const balancer = createLoadBalancer();
  balancer.set("http://bot.example", ["http://a:1", "http://b:2"]);
  expect(balancer.urlsFor("http://bot.example/")).toEqual(["http://a:1/", "http://b:2/"]);
});

it("passes straight on what it was not told of, or no longer", () => {
  const balancer = createLoadBalancer();
  balancer.set("http://bot.example", ["http://a:1"]);
  expect(balancer.urlsFor("http://else.example/")).toEqual(["http://else.example/"]);
  balancer.set("http://bot.example", []);
  expect(balancer.urlsFor("http://bot.example/")).toEqual(["http://bot.example/"]);
});
