/** As much of a browser as the login needs: cookies by path, redirects, forms. */
export interface BrowserAnswer {
  readonly status: number;
  readonly url: URL;
  readonly headers: Headers;
  readonly text: string;
}

interface Cookie {
  readonly value: string;
  readonly path: string;
  readonly attributes: string;
}

export class TestBrowser {
  readonly cookies = new Map<string, Cookie>();
  readonly #served: string;
  readonly #publicOrigin: string;

  /** @param served where the host listens. @param publicOrigin the address that it goes by. */
  constructor(served: string, publicOrigin: string) {
    this.#served = served;
    this.#publicOrigin = publicOrigin;
  }

  /** Follows redirects that stay on the host; the first that leads elsewhere is the answer. */
  async open(url: string | URL, init: { method?: string; form?: Record<string, string> } = {}): Promise<BrowserAnswer> {
    let target = new URL(url, this.#publicOrigin);
    let { method = "GET", form } = init;
    for (let hop = 0; hop < 10; hop += 1) {
      const response = await fetch(`${this.#served}${target.pathname}${target.search}`, {
        method,
        redirect: "manual",
        headers: { accept: "text/html", cookie: this.#cookiesFor(target.pathname) },
        ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
      });
      this.#keep(response.headers.getSetCookie());
      const location = response.headers.get("location");
      const text = await response.text();
      if (location === null) return { status: response.status, url: target, headers: response.headers, text };
      target = new URL(location, target);
      if (target.origin !== this.#publicOrigin)
        return { status: response.status, url: target, headers: response.headers, text };
      method = "GET";
      form = undefined;
    }
    throw new Error("too many redirects");
  }

  /** Submits the page's form with its hidden fields and one of its buttons. */
  submit(page: BrowserAnswer, button: Record<string, string> = {}): Promise<BrowserAnswer> {
    const action = /<form[^>]*\baction="([^"]*)"/.exec(page.text)?.[1] ?? page.url.href;
    const hidden = [...page.text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"\/?>/g)];
    const fields = Object.fromEntries(hidden.map(([, name = "", value = ""]) => [name, value]));
    return this.open(action, { method: "POST", form: { ...fields, ...button } });
  }

  #cookiesFor(path: string): string {
    return [...this.cookies]
      .filter(([, cookie]) => path.startsWith(cookie.path))
      .map(([name, cookie]) => `${name}=${cookie.value}`)
      .join("; ");
  }

  #keep(headers: readonly string[]): void {
    for (const header of headers) {
      const [, name = "", value = "", attributes = ""] = /^([^=]+)=([^;]*);?(.*)$/.exec(header) ?? [];
      const path = /path=([^;]+)/i.exec(attributes)?.[1] ?? "/";
      const expires = /expires=([^;]+)/i.exec(attributes)?.[1];
      if (expires !== undefined && Date.parse(expires) <= Date.now()) this.cookies.delete(name);
      else this.cookies.set(name, { value, path, attributes });
    }
  }
}
