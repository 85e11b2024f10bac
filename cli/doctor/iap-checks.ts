import { type Finding, findingOf, findingsOfError } from "../../analysis/diagnose";
import { entraLoginOrigin } from "../../facts/entra";
import { googleEndpoints } from "../../facts/google-endpoints";
import { ask } from "./web";

/** Where IAP sends a person of a workforce pool. */
const signIns = [googleEndpoints.iap, googleEndpoints.workforceSignIn, entraLoginOrigin].map(
  (url) => new URL(url).hostname,
);

/** What keeps a person from an app behind IAP, as far as an anonymous request shows it. */
export async function checkIap(url: URL, ca?: string): Promise<readonly Finding[]> {
  const answer = await ask(url, { headers: { accept: "text/html" }, ca });
  if (!answer.answered) {
    const known = findingsOfError(answer.problem);
    return known.length > 0
      ? known
      : [findingOf("unreachable", `The app gave no answer (${answer.problem.slice(0, 200)})`)];
  }
  const { status, headers, text } = answer;
  const location = headers["location"];
  const byIap = headers["x-goog-iap-generated-response"] !== undefined;
  if (status >= 300 && status < 400 && typeof location === "string") return redirected(location, url);
  if (status === 200)
    return [findingOf("iap-not-in-front", `${url.hostname} answers 200 to somebody who is not signed in`)];
  if (status === 401 || status === 403) {
    const known = findingsOfError(text);
    if (known.length > 0) return known;
    return byIap
      ? [findingOf("iap-no-access", `IAP answers ${status}`, "likely")]
      : [
          findingOf("iap-agent-missing", `The app answers ${status} without IAP's mark`, "likely"),
          findingOf("iap-not-in-front", `The app answers ${status}`, "possible"),
        ];
  }
  if (status >= 500)
    return [findingOf("iap-agent-missing", `The app answers ${status}`, "possible"), ...findingsOfError(text)];
  return findingsOfError(text);
}

function redirected(location: string, from: URL): readonly Finding[] {
  if (!URL.canParse(location, from.href)) return [];
  const { hostname, pathname } = new URL(location, from);
  const real = hostname.replace(/\.localhost$/, "");
  if (real === "accounts.google.com")
    return [findingOf("iap-google-identities", "IAP sends the person to Google accounts")];
  if (signIns.includes(real)) return [];
  return hostname === from.hostname && pathname !== from.pathname
    ? []
    : [
        findingOf(
          "iap-not-in-front",
          `${from.hostname} sends the person to ${hostname}, which is no sign-in of IAP`,
          "likely",
        ),
      ];
}
