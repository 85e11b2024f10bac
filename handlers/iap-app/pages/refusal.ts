import { type RefusalReason, refusals } from "../assertion/reasons";
import { type Html, html } from "./html";
import { plainLayout } from "./layout";

/** Says why a request was refused and what to do. It holds nothing of the request. */
export function refusalPage(reason: RefusalReason): Html {
  const { message, remedy, status } = refusals[reason];
  const title = status === 503 ? "Temporarily unavailable" : "Not signed in here";
  return plainLayout({
    title,
    content: html`<h1>${title}</h1>
<p class="lead">${message}</p>
<div class="card">
<dl><dt>What to do</dt><dd>${remedy}</dd><dt>Reason</dt><dd><code>${reason}</code></dd></dl>
</div>`,
  });
}

/** The same for programs. */
export function refusalJson(reason: RefusalReason): {
  error: { reason: RefusalReason; message: string; remedy: string };
} {
  const { message, remedy } = refusals[reason];
  return { error: { reason, message, remedy } };
}
