import type { LineMessage } from "@yubin/types";
import { describe, expect, it } from "vitest";

import { checkContent, isPersonal } from "./check-content.ts";
import { renderMessages, type TemplateScope } from "./render-messages.ts";

const scope = (more: Partial<TemplateScope> = {}): TemplateScope => ({
  profile: { externalId: "42", displayName: "山田", traits: { plan: "gold", tags: ["a", "b"] } },
  data: {},
  campaign: { name: "Spring" },
  channel: { name: "Shop" },
  ...more,
});
const text = (template: string): LineMessage[] => [{ type: "text", text: template }];
const rendered = (template: string, more?: Partial<TemplateScope>): unknown => {
  const result = renderMessages(text(template), scope(more));
  return "messages" in result ? result.messages[0]?.["text"] : result;
};

it.each([
  ["{{ profile.displayName }}さん", "山田さん"],
  ["{{ profile.traits.plan | upcase }} {{ campaign.name }}/{{ channel.name }}", "GOLD Spring/Shop"],
  ["a{{ profile.traits.nothing }}b", "ab"],
  ["{{ profile.traits.nothing | default: 'friend' }}", "friend"],
  ["{{ profile.traits.tags }}", "ab"],
  ["x{{ profile.traits }}{{ profile }}", "x"],
  ["{% if data.vip %}a{% else %}b{% endif %}", "b"],
  ["{% raw %}{{ x }}{% endraw %}", "{{ x }}"],
])("renders %j as %j", (template, words) => {
  expect(rendered(template)).toBe(words);
});

it("leaves messages without templates as they are", () => {
  const messages = text("plain");
  expect(renderMessages(messages, scope())).toEqual({ messages });
  expect(isPersonal(messages)).toBe(false);
  expect(isPersonal([...messages, ...text("{{ data.a }}")])).toBe(true);
});

const named = (displayName: string) => ({
  profile: { externalId: null, displayName, traits: {} },
});

describe("values", () => {
  it("are printed once: a template in them is text", () => {
    expect(rendered("{{ profile.displayName }}", named("{{ channel.name }}{% if %}"))).toBe(
      "{{ channel.name }}{% if %}",
    );
  });

  it("cannot become structure", () => {
    const flex: LineMessage[] = [
      {
        type: "flex",
        altText: "a",
        contents: {
          type: "bubble",
          body: {
            type: "box",
            layout: "vertical",
            contents: [{ type: "text", text: "{{ profile.displayName }}" }],
          },
        },
      },
    ];
    const name = 'a","type":"image","url":"https://evil.example';
    expect(renderMessages(flex, scope(named(name)))).toEqual({
      messages: [
        {
          ...flex[0],
          contents: {
            type: "bubble",
            body: { type: "box", layout: "vertical", contents: [{ type: "text", text: name }] },
          },
        },
      ],
    });
  });

  it("bring no placeholders into a textV2", () => {
    const smile = { type: "emoji", productId: "5ac1", emojiId: "001" };
    const messages: LineMessage[] = [
      { type: "textV2", text: "{{ profile.displayName }} {smile}", substitution: { smile } },
    ];
    expect(renderMessages(messages, scope(named("{x}")))).toMatchObject({
      messages: [{ text: "{{x}} {smile}" }],
    });
  });

  it.each([
    "{{ profile.constructor }}",
    "{{ profile.traits.__proto__ }}",
    "{{ profile.displayName.constructor.name }}",
    "{{ 'a' | size.constructor }}",
    "{{ data.toString }}",
  ])("leak nothing of JavaScript through %s", (template) => {
    expect(JSON.stringify(rendered(`a${template}`))).not.toMatch(/function|native|Object/);
  });

  it("that make a link private are refused after rendering", () => {
    const messages: LineMessage[] = [
      { type: "image", originalContentUrl: "{{ data.url }}", previewImageUrl: "{{ data.url }}" },
    ];
    const at = (url: string) => renderMessages(messages, scope({ data: { url } }));
    expect(at("https://127.0.0.1/")).toEqual({ failed: "rendered_invalid" });
    expect(at("https://example.com/a.png")).toHaveProperty("messages");
  });

  it("that LINE counts as too long are found after rendering, by LINE's own counting", () => {
    const label = "{{ profile.displayName }}";
    const messages: LineMessage[] = [
      {
        type: "template",
        altText: "a",
        template: {
          type: "buttons",
          text: "b",
          actions: [{ type: "message", label, text: "c" }],
        },
      },
    ];
    const family = "👨‍👩‍👧";
    expect(renderMessages(messages, scope(named(family.repeat(20))))).toHaveProperty("messages");
    expect(renderMessages(messages, scope(named(family.repeat(21))))).toEqual({
      failed: "rendered_too_long",
    });
  });
});

describe("limits", () => {
  it.each([
    ["{% for i in (1..10000000) %}a{% endfor %}", "template_memory"],
    [
      "{% assign a = 'xxxxxxxx' %}".concat("{% assign a = a | append: a %}".repeat(32)),
      "template_memory",
    ],
    ["{{ 'now' | date: '%1000000000Y' }}", "template_memory"],
    ["{{ data.long }}", "rendered_too_long"],
    ["{% for i in (1..90) %}".repeat(4) + "{% endfor %}".repeat(4), "template_(memory|timeout)"],
    ["{{ data.nothing }}", "rendered_blank"],
    ["{{ data.nul }}", "rendered_invalid"],
    ["{{ data.half }}", "rendered_invalid"],
  ])("%# end in %s", (template, failed) => {
    const data = { long: "🍎".repeat(2_501), nul: "a\0", half: "a\ud800" };
    const before = process.cpuUsage();
    const result = rendered(template, { data });
    expect(result).toEqual({ failed: expect.stringMatching(new RegExp(`^${failed}$`)) });
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(2_000);
  });

  it("counts UTF-16 units of the result", () => {
    const data = { long: "🍎".repeat(2_500) };
    expect(rendered("{{ data.long }}", { data })).toBe(data.long);
  });
});

describe("templates that are refused when they are given", () => {
  it.each([
    ["{% if a %}", "template_syntax"],
    ["{{ a | nofilter }}", "template_syntax"],
    ["{% notag %}", "template_syntax"],
    ["{{ a", "template_syntax"],
    ["{% include '/etc/passwd' %}", "template_tag_forbidden"],
    ["{% render '../x' %}", "template_tag_forbidden"],
    ["{% layout 'x' %}", "template_tag_forbidden"],
    ["{% block x %}{% endblock %}", "template_tag_forbidden"],
    ["{% if true %}{% include 'x' %}{% endif %}", "template_tag_forbidden"],
    ["{{ a }}".padEnd(65_537, "a"), "template_too_large"],
    ["{% if a %}".repeat(6_000), "template_syntax"],
  ])("%# are refused", (template, code) => {
    expect(() => checkContent([...text("a"), ...text(template)])).toThrow(
      expect.objectContaining({ code, field: "messages[1].text" }),
    );
  });

  it("are told where, and not by their words", () => {
    expect(() => checkContent(text("a\nb {{ secret | nofilter }}"), "content.messages")).toThrow(
      expect.objectContaining({
        field: "content.messages[0].text",
        message: expect.stringMatching(/^line 2, column \d+: (?!.*secret)/),
      }),
    );
  });

  it("include what LINE would refuse whatever is rendered", () => {
    expect(() => checkContent([{ type: "gif" }])).toThrow(
      expect.objectContaining({ code: "message_type" }),
    );
  });
});

it("keeps few of very many templates", () => {
  const words = Array.from({ length: 1_500 }, (_, index) =>
    rendered(`${index} {{ channel.name }}`),
  );
  expect(new Set(words).size).toBe(1_500);
});
