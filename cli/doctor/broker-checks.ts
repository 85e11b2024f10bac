import { X509Certificate } from "node:crypto";
import { chainProblem } from "../../analysis";
import { type Finding, findingOf, findingsOfError } from "../../analysis/diagnose";
import { ask } from "./web";

export interface BrokerChecks {
  /** Where the broker is. */
  readonly url: URL;
  /** PEM of the client's certificate with its chain, and of its key. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** PEM of the authorities of the broker's own certificate. */
  readonly ca?: string | undefined;
  /** PEM of the authorities that the broker takes clients of. */
  readonly clientAuthorities?: string | undefined;
  readonly now: Date;
}

/** What keeps a client from a token of the broker: network, both certificates, the broker's own refusal. */
export async function checkBroker(checks: BrokerChecks): Promise<readonly Finding[]> {
  const { url, cert, key, ca } = checks;
  const answer = await ask(new URL("/get_wif_token", url), { headers: { accept: "application/json" }, cert, key, ca });
  return [...certificateFindings(checks), ...answerFindings(answer, cert !== undefined)];
}

function certificateFindings({ cert, clientAuthorities, now }: BrokerChecks): readonly Finding[] {
  if (cert === undefined) return [];
  const [leaf, ...sent] = certificatesIn(cert);
  if (leaf === undefined) return [findingOf("client-certificate-unfit", "--cert holds no certificate")];
  const found: Finding[] = [];
  const unfit = unfitness(leaf, now);
  if (unfit !== undefined) found.push(findingOf("client-certificate-unfit", unfit));
  if (clientAuthorities !== undefined && unfit === undefined) {
    const problem = chainProblem(leaf, [clientAuthorities], sent.map(String), now);
    if (problem !== undefined) found.push(findingOf("client-chain", `The client's certificate: ${problem}`));
  }
  return found;
}

function unfitness(leaf: X509Certificate, now: Date): string | undefined {
  if (now > new Date(leaf.validTo)) return "The client's certificate has ended";
  if (now < new Date(leaf.validFrom)) return "The client's certificate is not valid yet";
  if (leaf.ca) return "The client's certificate is that of an authority";
  const uses = leaf.keyUsage ?? [];
  return uses.length > 0 && !uses.includes("1.3.6.1.5.5.7.3.2")
    ? "The client's certificate is not for client authentication"
    : undefined;
}

function answerFindings(answer: Awaited<ReturnType<typeof ask>>, withCertificate: boolean): readonly Finding[] {
  if (!answer.answered) {
    const known = findingsOfError(answer.problem);
    if (known.length > 0) return known;
    // A front that dislikes a certificate often just hangs up.
    const id = withCertificate ? "client-chain" : "client-certificate-absent";
    return [findingOf(id, `The broker gave no answer (${shortened(answer.problem)})`, "possible")];
  }
  const { status, text } = answer;
  if (status === 200) return [];
  const what = `The broker answers ${status}${reasonIn(text)}`;
  if (!withCertificate && (status === 401 || status === 403)) return [findingOf("client-certificate-absent", what)];
  if (status === 401 || status === 403 || status === 400) {
    const known = findingsOfError(text);
    return [findingOf("client-refused", what), ...known];
  }
  return [findingOf("unreachable", what, "likely"), ...findingsOfError(text)];
}

/** The broker's own words: error and error_description (RFC 6749 §5.2). */
function reasonIn(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== "object" || body === null) return "";
    const of = (name: string) => {
      const value: unknown = Reflect.get(body, name);
      return typeof value === "string" ? value : "";
    };
    const words = [of("error"), of("error_description")].filter((word) => word !== "").join(": ");
    return words === "" ? "" : `: ${shortened(words)}`;
  } catch {
    return "";
  }
}

const shortened = (text: string): string => text.replace(/\s+/g, " ").slice(0, 300);

function certificatesIn(pem: string): readonly X509Certificate[] {
  return (pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []).flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
}
