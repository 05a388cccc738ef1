import { expect, it } from "vitest";

import { missingVariables } from "./missing-variables.ts";

const scope = {
  profile: {
    externalId: null,
    displayName: "Aiko",
    traits: { plan: "pro", blank: " ", zero: 0, no: false, tags: ["a"] },
  },
  data: { items: [{ name: "x" }], at: "name" },
  campaign: { name: null },
  channel: { name: "Shop" },
};

it.each([
  ["{{ profile.displayName }} {{ channel.name }} {{ profile.traits.plan }}", []],
  ["{{ profile.traits.zero }} {{ profile.traits.no }}", []],
  ["{{ profile.traits.name | default: 'you' }}", ["profile.traits.name"]],
  ["{{ profile.externalId }} {{ campaign.name }}", ["profile.externalId", "campaign.name"]],
  ["{{ profile.traits.blank }}", ["profile.traits.blank"]],
  ["{{ name }} {{ name }}", ["name"]],
  ["{% if data.vip %}x{% endif %}", ["data.vip"]],
  ["{% for one in data.items %}{{ one.name }}{{ forloop.index }}{% endfor %}", []],
  ["{% for one in data.others %}{{ one.name }}{% endfor %}", ["data.others"]],
  ["{% assign a = data.a %}{{ a }}", ["data.a"]],
  ["{{ data.items.size }}{{ data.items.first.name }}{{ profile.traits.tags[0] }}", []],
  ["{{ data.items[1].name }}", ["data.items.1.name"]],
  ["{{ data[data.at] }}", []],
  ["{{ profile.constructor.name }}", ["profile.constructor.name"]],
])("of %j are %j", (text, missing) => {
  expect(missingVariables([{ type: "text", text }], scope)).toEqual(missing);
});
