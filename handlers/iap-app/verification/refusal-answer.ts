import { type RefusalReason, refusals } from "../assertion/reasons";
import { refusalJson, refusalPage } from "../pages/refusal";

/** A whole answer to a request that was refused. */
export interface RefusalAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A page for people, JSON for programs. @param accept The request's Accept header. */
export function refusalAnswer(reason: RefusalReason, accept: string | undefined): RefusalAnswer {
  const { status } = refusals[reason];
  const wantsJson = accept?.includes("application/json") === true && !accept.includes("text/html");
  return {
    status,
    headers: {
      "content-type": wantsJson ? "application/json; charset=utf-8" : "text/html; charset=utf-8",
      // RFC 9110 §15.5.2: a 401 names a scheme. Browsers do nothing with this one; IAP has logged in before we are asked.
      ...(status === 401 ? { "www-authenticate": 'Bearer realm="Identity-Aware Proxy"' } : {}),
      ...(status === 503 ? { "retry-after": "5" } : {}),
    },
    body: wantsJson ? JSON.stringify(refusalJson(reason)) : refusalPage(reason).toString(),
  };
}
