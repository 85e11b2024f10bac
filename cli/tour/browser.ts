import type { Twin } from "../../twin";

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly text: string;
  /** The addresses that redirects led through, first to last. */
  readonly redirects: readonly string[];
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

/**
 * As much of a browser as a login needs: cookies by host and path, redirects, forms. It runs no script, which the pages of the gateway
 * and the twin do not need either.
 */
export class Browser {
  readonly #fetch: Twin["fetch"];
  readonly #stopAt: (url: URL) => boolean;
  readonly #cookies = new Map<string, Map<string, Cookie>>();

  /** @param stopAt a redirect to such an address is not followed; it is the last of the page's redirects */
  constructor(fetch: Twin["fetch"], stopAt: (url: URL) => boolean = () => false) {
    this.#fetch = fetch;
    this.#stopAt = stopAt;
  }

  /** Opens an address and follows its redirects. */
  open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    return this.#request(url, { method: "GET", headers });
  }

  /**
   * Submits the form of a page that has a control with the given name, and, where given, value.
   * @throws {Error} where the page has no such form.
   */
  submit(page: Page, control: string, value?: string, fields: Readonly<Record<string, string>> = {}): Promise<Page> {
    const form = formsOf(page.text).find((candidate) =>
      candidate.controls.some((one) => one.name === control && (value === undefined || one.value === value)),
    );
    if (form === undefined)
      throw new Error(`${new URL(page.url).pathname} shows no form with ${control}=${value ?? "..."}`);
    const body = new URLSearchParams();
    for (const one of form.controls) if (one.hidden) body.set(one.name, one.value);
    if (value !== undefined) body.set(control, value);
    for (const [name, text] of Object.entries(fields)) body.set(name, text);
    const target = new URL(form.action, page.url);
    if (form.method === "get") {
      target.search = body.toString();
      return this.open(target.href);
    }
    return this.#request(target.href, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", origin: new URL(page.url).origin },
      body: body.toString(),
    });
  }

  async #request(
    url: string,
    init: { method: string; headers: Readonly<Record<string, string>>; body?: string },
  ): Promise<Page> {
    const redirects: string[] = [];
    let target = new URL(url);
    let { method, body } = init;
    for (let hop = 0; hop < 20; hop += 1) {
      const response = await this.#fetch(target.href, {
        method,
        headers: { accept: "text/html", ...init.headers, cookie: this.#cookieHeader(target) },
        ...(body === undefined ? {} : { body }),
        redirect: "manual",
      });
      this.#keep(target, response.headers.getSetCookie());
      const location = response.headers.get("location");
      if (response.status < 300 || response.status >= 400 || location === null) {
        return { url: target.href, status: response.status, text: await response.text(), redirects };
      }
      await response.arrayBuffer();
      target = new URL(location, target);
      redirects.push(target.href);
      if (this.#stopAt(target)) return { url: target.href, status: response.status, text: "", redirects };
      if (response.status !== 307 && response.status !== 308) {
        method = "GET";
        body = undefined;
      }
    }
    throw new Error(`more than 20 redirects from ${new URL(url).pathname}`);
  }

  #cookieHeader(target: URL): string {
    const cookies = [...(this.#cookies.get(target.host)?.values() ?? [])];
    return cookies
      .filter(
        ({ path }) => target.pathname === path || target.pathname.startsWith(path.endsWith("/") ? path : `${path}/`),
      )
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
  }

  #keep(target: URL, headers: readonly string[]): void {
    const jar = this.#cookies.get(target.host) ?? new Map<string, Cookie>();
    this.#cookies.set(target.host, jar);
    for (const header of headers) {
      const [pair = "", ...attributes] = header.split(";").map((part) => part.trim());
      const separator = pair.indexOf("=");
      const attribute = (name: string) =>
        attributes.find((text) => text.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
      const cookie = {
        name: pair.slice(0, separator),
        value: pair.slice(separator + 1),
        path: attribute("path") ?? "/",
      };
      const expires = attribute("expires");
      const gone =
        Number(attribute("max-age") ?? 1) <= 0 || (expires !== undefined && Date.parse(expires) <= Date.now());
      if (gone) jar.delete(`${cookie.name} ${cookie.path}`);
      else jar.set(`${cookie.name} ${cookie.path}`, cookie);
    }
  }
}

interface Form {
  readonly action: string;
  readonly method: string;
  readonly controls: readonly { readonly name: string; readonly value: string; readonly hidden: boolean }[];
}

function formsOf(html: string): readonly Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, attributes = "", content = ""]) => ({
    action: attributeOf(attributes, "action") ?? "",
    method: (attributeOf(attributes, "method") ?? "get").toLowerCase(),
    controls: [...content.matchAll(/<(input|button|textarea|select)\b([^>]*)>/gi)].map(([, , control = ""]) => ({
      name: attributeOf(control, "name") ?? "",
      value: attributeOf(control, "value") ?? "",
      hidden: attributeOf(control, "type") === "hidden",
    })),
  }));
}

function attributeOf(attributes: string, name: string): string | undefined {
  const match = new RegExp(`(?:^|\\s)${name}="([^"]*)"`, "i").exec(attributes);
  return match?.[1] === undefined ? undefined : unescapeHtml(match[1]);
}

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  "#39": "'",
  "#x27": "'",
  "#x2F": "/",
};

/** Plain text of an HTML fragment's entities. */
export function unescapeHtml(text: string): string {
  return text.replaceAll(/&(#?\w+);/g, (whole, entity: string) => entities[entity] ?? whole);
}
