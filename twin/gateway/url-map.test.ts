import { hostMatches, route } from "./url-map";

const map = {
  default_service: "of-the-map",
  host_rule: [
    { hosts: ["*"], path_matcher: "anywhere" },
    { hosts: ["*.example.com"], path_matcher: "wildcard" },
    { hosts: ["dev.example.com"], path_matcher: "apps" },
    { hosts: ["lost.example.com"], path_matcher: "no-such-matcher" },
  ],
  path_matcher: [
    { name: "anywhere", default_service: "anywhere" },
    { name: "wildcard", default_url_redirect: { host_redirect: "dev.example.com", redirect_response_code: "FOUND" } },
    {
      name: "apps",
      default_service: "landing",
      path_rule: [
        { paths: ["/*"], service: "everything" },
        { paths: ["/desk", "/desk/*"], service: "desk" },
        { paths: ["/desk/admin/*"], service: "desk-admin" },
        { paths: ["/old"], url_redirect: [{ path_redirect: "/new", strip_query: true }] },
      ],
    },
  ],
};

describe("route", () => {
  it.each([
    ["/", "everything"],
    ["/desk", "desk"],
    ["/desk/", "desk"],
    ["/desk/tickets", "desk"],
    ["/desk/admin", "desk"],
    ["/desk/admin/", "desk-admin"],
    ["/desk/admin/x", "desk-admin"],
    ["/deskx", "everything"],
    ["/Desk", "everything"],
    ["/desk%2Fadmin", "everything"],
  ])("sends %s to %s: the longest pattern, by case, whatever the order of the rules", (path, service) => {
    expect(route(map, "dev.example.com", path)).toEqual({ kind: "service", service });
  });

  it("takes an exact host before a wildcard, and a wildcard before *", () => {
    expect(route(map, "other.example.com", "/")).toMatchObject({ kind: "redirect", redirect: { status: 302 } });
    expect(route(map, "elsewhere.example", "/")).toEqual({ kind: "service", service: "anywhere" });
  });

  it("falls back on the map's own default only where no host rule names the host", () => {
    const named = { ...map, host_rule: map.host_rule.slice(2) };
    expect(route(named, "elsewhere.example", "/")).toEqual({ kind: "service", service: "of-the-map" });
    expect(route(named, "lost.example.com", "/")).toBeUndefined();
  });

  it("reads a path rule's redirect", () => {
    expect(route({ ...map, path_matcher: map.path_matcher }, "dev.example.com", "/old")).toEqual({
      kind: "redirect",
      redirect: { https: false, stripQuery: true, status: 301, path: "/new" },
    });
  });
});

describe("hostMatches", () => {
  it("lets a wildcard stand for something before the dot, never for nothing", () => {
    expect(hostMatches("*.example.com", "a.b.example.com")).toBe(true);
    expect(hostMatches("*.example.com", "example.com")).toBe(false);
    expect(hostMatches("*.example.com", ".example.com")).toBe(false);
    expect(hostMatches("*.example.com", "evilexample.com")).toBe(false);
  });
});
