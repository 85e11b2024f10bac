import type { Identity } from "../identity";
import { type Html, html } from "./html";

/** What the verified assertion says about the reader. */
export const identityCard = ({ email, principal, accessLevels }: Identity): Html => html`<section aria-labelledby="who">
<h2 id="who">Who you are</h2>
<div class="card">
<dl>
<dt>E-mail</dt><dd>${email}</dd>
<dt>Principal</dt><dd><code>${principal}</code></dd>
<dt>Access levels</dt><dd>${accessLevels.length > 0 ? accessLevels.join(", ") : "none"}</dd>
</dl>
</div>
<p class="quiet">Read from the assertion that Identity-Aware Proxy signed for this request. The principal is what rows
and rules are keyed by; the e-mail address is shown only.</p>
</section>`;
