import type { LineMessage, MissingRule } from "@yubin/types";
import { afterAll, describe, expect, it } from "vitest";

import { checkContent, isPersonal } from "./check-content.ts";
import { createRenderer, type Rendered, type TemplateScope } from "./render-messages.ts";

const renderer = createRenderer();
afterAll(() => renderer.close());

const scope = (more: Partial<TemplateScope> = {}): TemplateScope => ({
  profile: { externalId: "42", displayName: "山田", traits: { plan: "gold", tags: ["a", "b"] } },
  data: {},
  campaign: { name: "Spring" },
  channel: { name: "Shop" },
  ...more,
});
const text = (template: string): LineMessage[] => [{ type: "text", text: template }];
const render = async (
  messages: LineMessage[],
  of: TemplateScope,
  missing?: MissingRule,
): Promise<Rendered | undefined> => {
  const request = { workspaceId: "ws_a", messages, missing, scopes: [of] };
  return (await renderer.renderMessages(request))[0];
};
const rendered = async (
  template: string,
  more?: Partial<TemplateScope>,
  missing?: MissingRule,
): Promise<unknown> => {
  const result = await render(text(template), scope(more), missing);
  return result && "messages" in result ? result.messages[0]?.["text"] : result;
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
])("renders %j as %j", async (template, words) => {
  expect(await rendered(template)).toBe(words);
});

it("leaves messages without templates as they are", async () => {
  const messages = text("plain");
  expect(await render(messages, scope())).toEqual({ messages });
  expect(isPersonal(messages)).toBe(false);
  expect(isPersonal([...messages, ...text("{{ data.a }}")])).toBe(true);
});

const named = (displayName: string) => ({
  profile: { externalId: null, displayName, traits: {} },
});

describe("values", () => {
  it("are printed once: a template in them is text", async () => {
    expect(await rendered("{{ profile.displayName }}", named("{{ channel.name }}{% if %}"))).toBe(
      "{{ channel.name }}{% if %}",
    );
  });

  it("cannot become structure", async () => {
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
    expect(await render(flex, scope(named(name)))).toEqual({
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

  it.each([
    "{{ profile.displayName }}",
    "{{ profile.displayName | raw }}",
    "{% echo profile.displayName %}",
    "{% cycle profile.displayName %}",
  ])("bring no placeholders into a textV2: %s", async (output) => {
    const smile = { type: "emoji", productId: "5ac1", emojiId: "001" };
    const messages: LineMessage[] = [
      { type: "textV2", text: `${output} {smile}`, substitution: { smile } },
    ];
    for (const missing of ["blank", "skip"] as const)
      expect(await render(messages, scope(named("{x}")), missing)).toMatchObject({
        messages: [{ text: "{{x}} {smile}" }],
      });
  });

  it.each([
    "{{ profile.constructor }}",
    "{{ profile.traits.__proto__ }}",
    "{{ profile.displayName.constructor.name }}",
    "{{ 'a' | size.constructor }}",
    "{{ data.toString }}",
  ])("leak nothing of JavaScript through %s", async (template) => {
    expect(JSON.stringify(await rendered(`a${template}`))).not.toMatch(/function|native|Object/);
  });

  it("that make a link private are refused after rendering", async () => {
    const messages: LineMessage[] = [
      { type: "image", originalContentUrl: "{{ data.url }}", previewImageUrl: "{{ data.url }}" },
    ];
    const at = (url: string) => render(messages, scope({ data: { url } }));
    expect(await at("https://127.0.0.1/")).toEqual({ failed: "rendered_invalid" });
    expect(await at("https://example.com/a.png")).toHaveProperty("messages");
  });

  it("that move a text away from under its emojis are not called too long", async () => {
    const words = { type: "text", text: "{{ data.name }} $" };
    const messages: LineMessage[] = [
      { ...words, emojis: [{ index: 3, productId: "p", emojiId: "e" }] },
    ];
    const at = (name: string) => render(messages, scope({ data: { name } }));
    expect(await at("Jo")).toHaveProperty("messages");
    expect(await at("Aiko")).toEqual({ failed: "rendered_invalid" });
    expect(await at("x".repeat(5_000))).toEqual({ failed: "rendered_too_long" });
  });

  it("that make a flex message or all of them too large are too long", async () => {
    const data = { long: "山".repeat(30_000) };
    const contents = {
      type: "bubble",
      body: {
        type: "box",
        layout: "vertical",
        contents: [{ type: "text", text: "{{ data.long }}" }],
      },
    };
    const flex = { type: "flex", altText: "a", contents };
    expect(await render([flex], scope({ data }))).toEqual({ failed: "rendered_too_long" });
  });

  it("that LINE counts as too long are found after rendering, by LINE's own counting", async () => {
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
    expect(await render(messages, scope(named(family.repeat(20))))).toHaveProperty("messages");
    expect(await render(messages, scope(named(family.repeat(21))))).toEqual({
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
  ])("%# end in %s", async (template, failed) => {
    const data = { long: "🍎".repeat(2_501), nul: "a\0", half: "a\ud800" };
    const result = await rendered(template, { data });
    expect(result).toEqual({ failed: expect.stringMatching(new RegExp(`^${failed}$`)) });
  });

  it("counts UTF-16 units of the result", async () => {
    const data = { long: "🍎".repeat(2_500) };
    expect(await rendered("{{ data.long }}", { data })).toBe(data.long);
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
    ["{{ a }}".repeat(6_000), "template_syntax"],
    [`{% liquid\n${"echo a\n".repeat(6_000)}%}`, "template_syntax"],
    [`{{ ${"a[".repeat(20_000)}a${"]".repeat(20_000)} }}`, "template_syntax"],
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

describe("a missing value", () => {
  const data = { blank: " ", none: null, list: ["a"], empty: [], object: {}, zero: 0, no: false };
  const skip = (template: string) => rendered(template, { data }, "skip");

  it.each([
    ["{{ data.nothing }}", "data.nothing"],
    ["a {{ data.deep.er }}", "data.deep.er"],
    ["a {{ data.none }}", "data.none"],
    ["a {{ data.blank }}", "data.blank"],
    ["a {{ data.list }}", "data.list"],
    ["a {{ data.object }}", "data.object"],
    ["a {{ data.empty | join: ', ' }}", "data.empty"],
    ["a {{ data.nothing | append: 'さん' }}", "data.nothing"],
    ["a {{ 'Dear ' | append: data.nothing }}", "data.nothing"],
    ["a {{ data.nothing | times: 2 }}", "data.nothing"],
    ["a {{ profile.traits['first name'] }}", "profile.traits['first name']"],
    [
      "a {% if true %}{% for i in (1..2) %}{{ data.nothing }}{% endfor %}{% endif %}",
      "data.nothing",
    ],
    ["a {% capture x %}{{ data.nothing }}{% endcapture %}", "data.nothing"],
    ["a {% assign x = data.nothing %}{{ x }}", "x"],
    ["a {% echo data.nothing %}", "data.nothing"],
    ["a {% liquid echo data.nothing %}", "data.nothing"],
    ["a {% case data.zero %}{% when 0 %}{{ data.nothing }}{% endcase %}", "data.nothing"],
    ["a {% unless data.no %}{{ data.nothing }}{% endunless %}", "data.nothing"],
  ])("in %s skips the person", async (template, variable) => {
    expect(await skip(template)).toEqual({ failed: "missing_attribute", variable });
  });

  it.each([
    ["{{ data.nothing | default: 'friend' }}", "friend"],
    ["{{ data.nothing | default: 'friend' | upcase }}", "FRIEND"],
    ["{% echo data.nothing | default: 'friend' %}", "friend"],
    ["{{ data.zero }}{{ data.no }}", "0false"],
    ["{{ data.list | join: ', ' }}{{ data.list | size }}", "a1"],
    ["{% if data.nothing %}{{ data.nothing }}{% else %}b{% endif %}", "b"],
    ["a{% for x in data.nothing %}{{ x }}{% endfor %}", "a"],
    ["a{{ ' ' }}{{ '' }}b", "a b"],
    ["{% for x in data.list %}{{ forloop.index }}{{ x }}{% endfor %}", "1a"],
  ])("is none in %s", async (template, words) => {
    expect(await skip(template)).toBe(words);
  });

  it("skips one of many, and is blank where nothing else is said", async () => {
    const messages = text("a {{ profile.displayName }}");
    const scopes = ["A", null, "B"].map((name) => ({
      ...scope(),
      profile: { externalId: null, displayName: name, traits: {} },
    }));
    const outcomes = async (missing?: MissingRule) =>
      (await renderer.renderMessages({ workspaceId: "ws_a", messages, missing, scopes })).map(
        (one) => ("messages" in one ? one.messages[0]?.["text"] : one),
      );
    const failed = { failed: "missing_attribute", variable: "profile.displayName" };
    expect(await outcomes("skip")).toEqual(["a A", failed, "a B"]);
    expect(await outcomes()).toEqual(["a A", "a ", "a B"]);
  });
});

it("takes along what templates read of a person, whatever way they name it", async () => {
  const traits = { a: 1, b: 2, c: { d: 3 }, key: "a", "first-name": "F", 名: "N" };
  const profile = { externalId: "7", displayName: "n", traits };
  for (const [template, words] of [
    ["{{ profile.traits.a }}{{ profile['traits']['b'] }}", "12"],
    ["{{ profile.traits.c.d }}", "3"],
    ["{{ profile.traits[profile.traits.key] }}", "1"],
    ["{% assign p = profile %}{{ p.traits.b }}", "2"],
    ["{% assign t = profile.traits %}{{ t.b }}", "2"],
    ["{% for t in profile.traits %}{{ t[0] }}{% endfor %}", "abckeyfirst-name名"],
    ["{{ 'x' | append: profile.traits.a }}", "x1"],
    ["{% for i in (1..profile.traits.b) %}{{ i }}{% endfor %}", "12"],
    ["{% for i in (1..9) limit: profile.traits.b %}{{ i }}{% endfor %}", "12"],
    ["{% cycle profile.traits.b, 'x' %}", "2"],
    ["{% if profile.traits.a == 1 and profile.traits.b != 3 %}y{% endif %}", "y"],
    ["{% case profile.traits.a %}{% when profile.traits.a %}y{% endcase %}", "y"],
    ["{% liquid\n assign t = profile.traits.b\n echo t %}", "2"],
    ["{% capture x %}{{ profile.traits.b }}{% endcapture %}{{ x }}", "2"],
    ["{{ data[profile.traits.key] }}", "d"],
    ["{{ [data.root].traits.b }}{{ ['profile'].traits.b }}", "22"],
    ["{% assign k = 'pro' | append: 'file' %}{{ [k].traits.b }}", "2"],
    ["{{ profile['traits'].b }}{{ profile['traits']['a'] }}", "21"],
    ["{{ profile.traits.first-name }}{{ profile.traits.名 }}", "FN"],
    ["{{ profile.traits.size }}", "6"],
    ["{{ profile.displayName.size }}{{ profile.externalId }}", "17"],
  ] as const)
    expect(await rendered(template, { profile, data: { a: "d", root: "profile" } }), template).toBe(
      words,
    );
});

it("renders very many templates", async () => {
  const words = new Set<unknown>();
  for (let index = 0; index < 1_500; index += 1)
    words.add(await rendered(`${index} {{ channel.name }}`));
  expect(words.size).toBe(1_500);
});
