import type { TwinFetch } from "../../network";

export interface Visit {
  readonly url: URL;
  readonly status: number;
  readonly body: string;
  readonly headers: Headers;
  /** Addresses of the redirects that were followed. */
  readonly hops: readonly URL[];
}

interface Cookie {
  readonly value: string;
  readonly attributes: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** As much of a browser as the sign-in needs: cookies for each host, with their times, and redirects. */
export class TestBrowser {
  /** Cookies by host name. */
  readonly cookies = new Map<string, Map<string, Cookie>>();
  readonly #fetch: TwinFetch;
  readonly #origin: (hostname: string) => string;

  constructor(fetch: TwinFetch, origin: (hostname: string) => string) {
    this.#fetch = fetch;
    this.#origin = origin;
  }

  /** Opens an address and follows redirects; `https://NAME/…` is taken as its address in the twin. */
  async open(address: string, headers: Readonly<Record<string, string>> = {}): Promise<Visit> {
    return this.#follow(await this.step(address, headers), headers);
  }

  /** Sends a form to the page it stands on and follows redirects. */
  async submit(address: string, fields: Readonly<Record<string, string>>): Promise<Visit> {
    const headers = { "content-type": "application/x-www-form-urlencoded", origin: new URL(address).origin };
    return this.#follow(await this.step(address, headers, "POST", new URLSearchParams(fields).toString()), {});
  }

  async #follow(first: Visit, headers: Readonly<Record<string, string>>): Promise<Visit> {
    const hops: URL[] = [];
    let visit = first;
    for (;;) {
      const location = visit.headers.get("location");
      if (visit.status < 300 || visit.status > 399 || location === null) return { ...visit, hops };
      if (hops.length > 15) throw new Error("too many redirects");
      const next = new URL(location, visit.url);
      hops.push(next);
      visit = await this.step(next.href, headers);
    }
  }

  /** One request, with the cookies of its host; redirects are left to the caller. */
  async step(
    address: string,
    headers: Readonly<Record<string, string>> = {},
    method = "GET",
    body?: string,
  ): Promise<Visit> {
    const url = this.#local(address);
    const cookie = this.#cookieHeader(url.hostname);
    const response = await this.#fetch(url.href, {
      method,
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
      headers: { accept: "text/html", ...(cookie === "" ? {} : { cookie }), ...headers },
    });
    const jar = this.cookies.get(url.hostname) ?? new Map<string, Cookie>();
    this.cookies.set(url.hostname, jar);
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = "", attributes = ""] = /^([^=]+)=([^;]*)(.*)$/.exec(line) ?? [];
      const maxAge = Number(/max-age=(-?[0-9]+)/i.exec(attributes)?.[1] ?? "86400");
      if (maxAge <= 0) jar.delete(name);
      else jar.set(name, { value, attributes, expiresAt: Date.now() + maxAge * 1000 });
    }
    return {
      url,
      status: response.status,
      body: await response.text(),
      headers: new Headers([...response.headers]),
      hops: [],
    };
  }

  #cookieHeader(hostname: string): string {
    const alive = [...(this.cookies.get(hostname) ?? [])].filter(([, { expiresAt }]) => expiresAt > Date.now());
    return alive.map(([name, { value }]) => `${name}=${value}`).join("; ");
  }

  #local(address: string): URL {
    const url = new URL(address);
    return url.hostname.endsWith(".localhost")
      ? url
      : new URL(this.#origin(url.hostname) + address.slice(url.origin.length));
  }
}
