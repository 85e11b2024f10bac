import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";

export interface WebRequest {
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly ca?: string | undefined;
}

/** An answer, or what came in its place. The body is cut at 64 KiB. */
export type WebAnswer =
  | {
      readonly answered: true;
      readonly status: number;
      readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
      readonly text: string;
    }
  | { readonly answered: false; readonly problem: string };

const textLimit = 65_536;
const patience = 15_000;

/** One request over TLS; no redirect is followed, and nothing is thrown. */
export async function ask(url: URL, { method = "GET", headers, body, ...tls }: WebRequest = {}): Promise<WebAnswer> {
  const { cert, key, ca } = tls;
  const signal = AbortSignal.timeout(patience);
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = httpsRequest(
        {
          method,
          path: `${url.pathname}${url.search}`,
          headers: { accept: "*/*", ...headers, host: url.host },
          // RFC 6761 §6.3: names below localhost are this machine, which the system's resolver need not know.
          host: /(^|\.)localhost$/.test(url.hostname) ? "127.0.0.1" : url.hostname,
          servername: url.hostname,
          port: url.port === "" ? 443 : Number(url.port),
          agent: false,
          minVersion: "TLSv1.2",
          ...(cert === undefined ? {} : { cert }),
          ...(key === undefined ? {} : { key }),
          ...(ca === undefined ? {} : { ca }),
          signal,
        },
        resolve,
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    });
    let text = "";
    for await (const chunk of response.setEncoding("utf8")) {
      text += String(chunk);
      if (text.length > textLimit) break;
    }
    return {
      answered: true,
      status: response.statusCode ?? 0,
      headers: response.headers,
      text: text.slice(0, textLimit),
    };
  } catch (error) {
    if (signal.aborted) return { answered: false, problem: `ETIMEDOUT: no answer within ${patience / 1000} s` };
    const message = error instanceof Error ? error.message : "no connection";
    const code = typeof error === "object" && error !== null && "code" in error ? `${String(error.code)}: ` : "";
    return { answered: false, problem: `${code}${message}` };
  }
}
