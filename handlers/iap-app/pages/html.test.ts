import { html } from "./html";

it("escapes what is put into text and into quoted attributes", () => {
  const hostile = `"><script>alert('1')</script>&`;
  expect(html`<a title="${hostile}">${hostile}</a>`.toString()).toBe(
    '<a title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;">&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;</a>',
  );
});

it("keeps markup of its own, joins lists and puts nothing for nothing", () => {
  const items = ["<1>", "2"].map((text) => html`<li>${text}</li>`);
  expect(html`<ul>${items}</ul>${undefined}${0}`.toString()).toBe("<ul><li>&lt;1&gt;</li><li>2</li></ul>0");
});

it("does not take text that looks like markup for markup when it passes through twice", () => {
  expect(html`<p>${html`${"<b>"}`}</p>`.toString()).toBe("<p>&lt;b&gt;</p>");
});
