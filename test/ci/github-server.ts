import { createServer, type IncomingMessage, type Server } from "node:http";
import { z } from "zod";

const written = z.object({
  body: z.string().optional(),
  title: z.string().optional(),
  state: z.string().optional(),
  labels: z.array(z.string()).optional(),
});

export interface Item {
  readonly number: number;
  readonly title: string;
  body: string;
  state: string;
  readonly labels: readonly string[];
  readonly user: { readonly login: string };
  readonly pull_request?: object;
}

export interface Comment {
  readonly id: number;
  readonly issue: number;
  body: string;
  readonly user: { readonly login: string };
}

/** As much of GitHub's REST API as the scripts of CI use: issues and their comments, in pages. */
export class GitHubServer {
  readonly items: Item[] = [];
  readonly comments: Comment[] = [];
  /** `METHOD PATH` of what was asked to be written. */
  readonly writes: string[] = [];
  /** Answers with this status, where set. */
  failWith: number | undefined;
  readonly #server: Server;
  #origin = "";

  constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request)
        .then(({ status, json }) => {
          response.writeHead(status, { "content-type": "application/json" });
          response.end(JSON.stringify(json));
        })
        .catch((error: unknown) => {
          response.writeHead(500).end(String(error));
        });
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    const address = this.#server.address();
    this.#origin = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  /** The environment of a job's step. */
  get environment(): Record<string, string> {
    return { GITHUB_API_URL: this.#origin, GITHUB_REPOSITORY: "ailab/data-platform", GITHUB_TOKEN: "token" };
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; json: unknown }> {
    const { method = "", headers } = request;
    const url = new URL(request.url ?? "/", this.#origin);
    if (headers.authorization !== "Bearer token") return { status: 401, json: { message: "Bad credentials" } };
    if (this.failWith !== undefined) return { status: this.failWith, json: { message: "secret words" } };
    const path = url.pathname.replace("/repos/ailab/data-platform", "");
    if (method === "GET") return { status: 200, json: page(this.#list(path, url.searchParams), url.searchParams) };
    this.writes.push(`${method} ${path}`);
    const body = written.parse(JSON.parse(await textOf(request)));
    return this.#write(method, path, body);
  }

  #list(path: string, query: URLSearchParams): readonly unknown[] {
    const issue = /^\/issues\/(\d+)\/comments$/.exec(path)?.[1];
    if (issue !== undefined) return this.comments.filter((comment) => comment.issue === Number(issue));
    const [state, label] = [query.get("state"), query.get("labels")];
    return this.items.filter((item) => item.state === state && item.labels.includes(label ?? ""));
  }

  #write(method: string, path: string, body: z.output<typeof written>): { status: number; json: unknown } {
    const user = { login: "github-actions[bot]" };
    const [, issue, comments] = /^\/issues\/(\d+)(\/comments)?$/.exec(path) ?? [];
    if (method === "POST" && path === "/issues") {
      const { title = "", body: text = "", labels = [] } = body;
      const item: Item = { number: this.items.length + 1, title, body: text, state: "open", labels, user };
      this.items.push(item);
      return { status: 201, json: item };
    }
    if (method === "POST" && issue !== undefined && comments !== undefined) {
      const comment = { id: 100 + this.comments.length, issue: Number(issue), body: body.body ?? "", user };
      this.comments.push(comment);
      return { status: 201, json: comment };
    }
    const comment = this.comments.find(({ id }) => path === `/issues/comments/${id}`);
    const item = this.items.find(({ number }) => path === `/issues/${number}`);
    const found = comment ?? item;
    if (method !== "PATCH" || found === undefined) return { status: 404, json: { message: "Not Found" } };
    Object.assign(found, body);
    return { status: 200, json: found };
  }
}

function page(items: readonly unknown[], query: URLSearchParams): readonly unknown[] {
  const size = Number(query.get("per_page"));
  const first = (Number(query.get("page")) - 1) * size;
  return items.slice(first, first + size);
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
