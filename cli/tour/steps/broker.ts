import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { clientCertificateHeaders } from "../../../facts/client-certificate-headers";
import { googleEndpoints } from "../../../facts/google-endpoints";
import type { CertificateAuthority } from "../../../twin";
import { createCertificateAuthority } from "../../../twin";
import type { TourContext } from "../context";
import { type CurlAnswer, curl } from "../curl";
import { datasetPath } from "../google-api";
import { accountOf, firstDataset } from "../providers";
import { allowed, type Observation, refused, type TourStep } from "../step";

/** What the broker answers at GET /get_wif_token. */
const tokenAnswer = z.object({ access_token: z.string().min(1), expires_at: z.string(), account: z.string() });
const refusal = z.object({ error: z.string(), error_description: z.string() });

interface ClientFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** A client certificate with the given SPIFFE id, as files of mode 0600. */
async function clientCertificate(
  { directory }: TourContext,
  authority: CertificateAuthority,
  name: string,
  spiffeId: string,
): Promise<ClientFiles> {
  const { certificatePem, keyPem } = await authority.issueClient({ commonName: name, uris: [spiffeId] });
  const files = { certificateFile: join(directory, `${name}.pem`), keyFile: join(directory, `${name}.key`) };
  await writeFile(files.certificateFile, certificatePem, { mode: 0o600 });
  await writeFile(files.keyFile, keyPem, { mode: 0o600 });
  return files;
}

/** SPIFFE id of the batch job, as the environment's policy names it. */
function batchJobId({ environment }: TourContext): string {
  const id = environment.broker.clients.find(({ workloads }) => workloads.includes("batch-job"))?.match.spiffeId;
  if (id === undefined)
    throw new Error(`no client of the broker in ${environment.name} may ask for the batch job by SPIFFE id`);
  return id;
}

const batchJob = (context: TourContext): Promise<ClientFiles> =>
  clientCertificate(context, context.twin.machineAuthority, "batch-job", batchJobId(context));

function askBroker(
  { twin, environment }: TourContext,
  client?: ClientFiles,
  headers?: Record<string, string>,
): Promise<CurlAnswer> {
  return curl({
    url: `${twin.machineOrigin(environment.gateway.machineDomain)}/get_wif_token`,
    certificateAuthorityFile: twin.certificateAuthorityFile,
    ...(client === undefined ? {} : { clientCertificate: client }),
    ...(headers === undefined ? {} : { headers }),
  });
}

/** (a) A client with a certificate gets a token and uses it, with nothing but curl. */
export const brokerToken: TourStep = {
  id: "broker-token",
  title: "A client with a certificate fetches a token with curl and reads a dataset",
  expects: () => allowed,
  async run(context) {
    const { twin, environment } = context;
    const answer = await askBroker(context, await batchJob(context));
    const request = "curl --cert batch-job.pem GET /get_wif_token, then bigquery.datasets.get with the token";
    if (answer.status !== 200) return { request, decision: "refused", reason: reasonOf(answer) };
    const token = tokenAnswer.parse(JSON.parse(answer.body));
    if (token.account !== accountOf(environment, "batch-job"))
      throw new Error(`the broker answered for ${token.account}`);
    const dataset = firstDataset(environment);
    const read = await curl({
      url: `${twin.origin(new URL(googleEndpoints.bigQuery).host)}${datasetPath(environment.project.id, dataset)}`,
      certificateAuthorityFile: twin.certificateAuthorityFile,
      headers: { Authorization: `Bearer ${token.access_token}` },
    });
    return read.status === 200
      ? { request, decision: "allowed", reason: `token of ${token.account}; it reads dataset ${dataset}` }
      : { request, decision: "refused", reason: reasonOf(read) };
  },
};

const refusedByFront = (words: string) => () => refused(words);

export const noClientCertificate: TourStep = {
  id: "no-client-certificate",
  title: "No client certificate",
  expects: refusedByFront("client_cert_not_provided"),
  run: (context) => handshake(context, "curl without a certificate"),
};

export const otherAuthority: TourStep = {
  id: "other-authority",
  title: "A certificate of another authority, with the right name in it",
  expects: refusedByFront("client_cert_validation_failed"),
  async run(context) {
    const authority = await createCertificateAuthority({ name: "Another authority", purpose: "clients" });
    return handshake(
      context,
      "curl with a certificate of another authority",
      await clientCertificate(context, authority, "other-authority", batchJobId(context)),
    );
  },
};

export const unlistedClient: TourStep = {
  id: "unlisted-client",
  title: "A certificate of the right authority that no policy names",
  expects: () => refused("no client of the policy has this certificate"),
  run: async (context) =>
    refusalOf("curl --cert unlisted.pem GET /get_wif_token", await askBroker(context, await unlisted(context))),
};

/** The load balancer overwrites what a client says of its own certificate. */
export const forgedCertificateHeaders: TourStep = {
  id: "forged-certificate-headers",
  title: "An unlisted client that sends X-Client-Cert-* of a listed one",
  expects: () => refused("no client of the policy has this certificate"),
  async run(context) {
    const { certificatePem } = await context.twin.machineAuthority.issueClient({
      commonName: "batch-job",
      uris: [batchJobId(context)],
    });
    const leaf = certificatePem.replaceAll(/-----[A-Z ]+-----|\s/g, "");
    const answer = await askBroker(context, await unlisted(context), {
      [clientCertificateHeaders.present.name]: "true",
      [clientCertificateHeaders.chainVerified.name]: "true",
      [clientCertificateHeaders.spiffeId.name]: batchJobId(context),
      [clientCertificateHeaders.leaf.name]: `:${leaf}:`,
    });
    return refusalOf("curl --cert unlisted.pem with X-Client-Cert-* headers of the batch job", answer);
  },
};

/** (f) Readers keep reading while the clock passes the time of the refresh, then the first token's end. */
export const refreshWhileReading: TourStep = {
  id: "refresh-while-reading",
  title: "The token is refreshed before it expires while readers keep reading (the clock is moved)",
  expects: () => allowed,
  async run(context) {
    const { twin } = context;
    const client = await batchJob(context);
    const read = async () => {
      const answer = await askBroker(context, client);
      if (answer.status !== 200) throw new Error(`a reader was refused: ${reasonOf(answer)}`);
      return tokenAnswer.parse(JSON.parse(answer.body));
    };
    const first = await read();
    const expiry = Date.parse(first.expires_at);
    const lifetime = expiry - Date.now();
    // Past the latest moment at which a keeper may begin to refresh, and before the token ends.
    twin.clock.advance(Math.floor(lifetime * 0.95));
    let current = first;
    let reads = 0;
    for (let waited = 0; current.access_token === first.access_token; waited += 1) {
      if (waited > 40) throw new Error("the token was not refreshed within ten seconds");
      [current] = await Promise.all([read(), read(), read()]);
      if (Date.parse(current.expires_at) <= Date.now()) throw new Error("a reader got an expired token");
      reads += 3;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    return {
      request: `curl GET /get_wif_token, ${reads} reads with the clock ${Math.round((lifetime * 0.95) / 60_000)} minutes on`,
      decision: "allowed",
      reason: `no read failed; the token ending ${first.expires_at} gave way to one ending ${current.expires_at}`,
    };
  },
};

const unlisted = (context: TourContext): Promise<ClientFiles> =>
  clientCertificate(
    context,
    context.twin.machineAuthority,
    "unlisted",
    `spiffe://ailab.com/${context.environment.name}/unlisted`,
  );

/** A connection that the machine front should not let come about; its reason is what the front recorded. */
async function handshake(context: TourContext, request: string, client?: ClientFiles): Promise<Observation> {
  const reasons: string[] = [];
  const unsubscribe = context.twin.decisions.subscribe(({ by, outcome, reason }) => {
    if (by === "machine-front" && outcome === "refused") reasons.push(reason);
  });
  try {
    const answer = await askBroker(context, client);
    return answer.status === 0
      ? { request, decision: "refused", reason: `TLS handshake refused: ${reasons.join(", ")} (${answer.problem})` }
      : { request, decision: answer.status === 200 ? "allowed" : "refused", reason: `HTTP ${answer.status}` };
  } finally {
    unsubscribe();
  }
}

function refusalOf(request: string, answer: CurlAnswer): Observation {
  return { request, decision: answer.status === 200 ? "allowed" : "refused", reason: reasonOf(answer) };
}

function reasonOf({ status, body, problem }: CurlAnswer): string {
  if (status === 0) return problem;
  const parsed = refusal.safeParse(safeJson(body));
  return parsed.success ? `HTTP ${status} ${parsed.data.error}: ${parsed.data.error_description}` : `HTTP ${status}`;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
