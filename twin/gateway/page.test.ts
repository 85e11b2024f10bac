import { renderPage } from "./page";

describe("renderPage", () => {
  it("escapes every text, also in an address", () => {
    const hostile = `"><script>alert(1)</script>&`;
    const html = renderPage({
      status: 403,
      title: hostile,
      paragraphs: [hostile],
      details: [[hostile, hostile]],
      links: [{ href: hostile, label: hostile }],
    });

    expect(html).not.toContain("<script>");
    expect(html.match(/&quot;&gt;&lt;script&gt;alert\(1\)&lt;\/script&gt;&amp;/g)).toHaveLength(7);
  });

  it("says its language and has one heading, for those who listen to it", () => {
    const html = renderPage({ status: 400, title: "No", paragraphs: [] });

    expect(html).toContain('<html lang="en">');
    expect(html.match(/<h1>/g)).toHaveLength(1);
  });
});
