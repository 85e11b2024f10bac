import { readRequestTarget } from "./request-path";

describe("readRequestTarget", () => {
  it.each([
    ["/", "/"],
    ["/service-desk", "/service-desk"],
    ["/service-desk/", "/service-desk/"],
    ["/%73ervice%2Ddesk", "/service-desk"],
    ["/a%20b/%e2%82%ac", "/a%20b/%E2%82%AC"],
    ["/a;v=1/b@c:d", "/a;v=1/b@c:d"],
    ["/...", "/..."],
    ["/.well-known/x", "/.well-known/x"],
    ["/%252e%252e/x", "/%252e%252e/x"],
  ])("reads %s as %s", (target, path) => {
    expect(readRequestTarget(target)).toMatchObject({ ok: true, path, query: "", target: path });
  });

  it("keeps the query as it came and out of the path", () => {
    expect(readRequestTarget("/a?next=/../b//c%2f&d=?e")).toEqual({
      ok: true,
      path: "/a",
      query: "next=/../b//c%2f&d=?e",
      target: "/a?next=/../b//c%2f&d=?e",
    });
    expect(readRequestTarget("/a?")).toMatchObject({ ok: true, target: "/a?" });
  });

  it.each([
    ["https://evil.example/service-desk", "not_origin_form"],
    ["*", "not_origin_form"],
    ["", "not_origin_form"],
    ["//evil.example/", "empty_segment"],
    ["/service-desk//tickets", "empty_segment"],
    ["/a/../service-desk", "dot_segment"],
    ["/a/./b", "dot_segment"],
    ["/a/%2e%2e/service-desk", "dot_segment"],
    ["/a/%2E./service-desk", "dot_segment"],
    ["/a/..", "dot_segment"],
    ["/a%2Fb", "encoded_separator"],
    ["/..%2fservice-desk", "encoded_separator"],
    ["/a%5Cb", "encoded_separator"],
    ["/a\\..\\service-desk", "forbidden_character"],
    ["/a#b", "forbidden_character"],
    ["/a b", "forbidden_character"],
    ["/a\u00e9", "forbidden_character"],
    ["/a\u0000", "forbidden_character"],
    ["/a?b\u0000", "forbidden_character"],
    ["/a?b#c", "forbidden_character"],
    ["/a%00b", "encoded_control_character"],
    ["/a%0d%0ab", "encoded_control_character"],
    ["/a%7f", "encoded_control_character"],
    ["/a%", "malformed_escape"],
    ["/a%2", "malformed_escape"],
    ["/a%zz", "malformed_escape"],
  ])("refuses %j as %s", (target, reason) => {
    expect(readRequestTarget(target)).toEqual({ ok: false, reason });
  });
});
