import { cloudPlatformScope } from "../../facts/google-endpoints";
import { UserError } from "../user-error";
import { BrokerError, type BrokerToken } from "./broker-client";

/** What the metadata server tells of the one account that it stands for. */
export interface MetadataSource {
  readonly account: string;
  readonly scopes: readonly string[];
  /** Digits; gcloud takes a machine for one of Google's only when it tells its project's number. */
  readonly projectNumber: string | undefined;
  readonly accessToken: () => Promise<BrokerToken>;
  /** Undefined where the agent was not told the client's name, without which the broker gives no ID tokens. */
  readonly idToken: ((audience: string) => Promise<BrokerToken>) | undefined;
}

export interface MetadataAnswer {
  readonly status: number;
  readonly contentType: "application/text" | "application/json";
  readonly body: string;
  readonly retryAfterSeconds?: number;
}

const text = (body: string, status = 200): MetadataAnswer => ({ status, contentType: "application/text", body });
const json = (body: unknown): MetadataAnswer => ({
  status: 200,
  contentType: "application/json",
  body: JSON.stringify(body),
});
const notFound = text("not found\n", 404);

const root = "/computeMetadata/v1/";
const accounts = "instance/service-accounts/";

/**
 * Answers a path of Google's metadata server, as far as libraries ask for credentials.
 * Source: cloud.google.com/compute/docs/metadata/predefined-metadata-keys.
 */
export async function answerMetadata(url: URL, source: MetadataSource): Promise<MetadataAnswer> {
  if (url.pathname === "/") return text("computeMetadata/\n");
  if (!url.pathname.startsWith(root)) return notFound;
  const path = url.pathname.slice(root.length);
  const project = /@([a-z0-9-]+)\.iam\.gserviceaccount\.com$/.exec(source.account)?.[1];
  if (path === "" || path === "instance" || path === "instance/") return text("service-accounts/\n");
  if (path === "project/project-id" && project !== undefined) return text(project);
  if (path === "project/numeric-project-id" && source.projectNumber !== undefined) return text(source.projectNumber);
  if (path === "universe/universe-domain" || path === "universe/universe_domain") return text("googleapis.com");
  if (!path.startsWith(accounts.slice(0, -1))) return notFound;
  const isRecursive = url.searchParams.get("recursive")?.toLowerCase() === "true";
  const [name = "", ...rest] = path.slice(accounts.length).split("/");
  if (name === "") {
    const described = describe(source);
    return isRecursive
      ? json({ default: described, [source.account]: described })
      : text(`default/\n${source.account}/\n`);
  }
  if (name !== "default" && name !== source.account) return notFound;
  return answerAccount(rest.filter((part) => part !== "").join("/"), url, source, isRecursive);
}

async function answerAccount(
  what: string,
  url: URL,
  source: MetadataSource,
  isRecursive: boolean,
): Promise<MetadataAnswer> {
  switch (what) {
    case "":
      return isRecursive ? json(describe(source)) : text("aliases\nemail\nidentity\nscopes\ntoken\n");
    case "aliases":
      return text("default\n");
    case "email":
      return text(source.account);
    case "scopes":
      return text(`${source.scopes.join("\n")}\n`);
    case "token":
      return answerToken(url.searchParams.get("scopes"), source);
    case "identity":
      return answerIdentity(url.searchParams.getAll("audience"), source);
    default:
      return notFound;
  }
}

const describe = ({ account, scopes }: MetadataSource) => ({ aliases: ["default"], email: account, scopes });

async function answerToken(asked: string | null, source: MetadataSource): Promise<MetadataAnswer> {
  const scopes = (asked ?? "").split(/[ ,]+/).filter((scope) => scope !== "");
  const covers = (scope: string) => source.scopes.includes(scope) || source.scopes.includes(cloudPlatformScope);
  if (!scopes.every(covers)) return text("the broker's policy does not grant these scopes\n", 403);
  return orFailure(403, source.accessToken, ({ token, expiresAt }) =>
    json({
      access_token: token,
      expires_in: Math.max(1, Math.floor((expiresAt.getTime() - Date.now()) / 1000)),
      token_type: "Bearer",
    }),
  );
}

async function answerIdentity(audiences: readonly string[], { idToken }: MetadataSource): Promise<MetadataAnswer> {
  const [audience, ...others] = audiences;
  if (audience === undefined || audience === "" || others.length > 0) {
    return text("non-empty audience parameter required\n", 400);
  }
  if (idToken === undefined) return text("the agent was started without --client-id, and gives no ID tokens\n", 404);
  // gcloud asks for an ID token of its own, and does without where it is not found.
  return orFailure(
    404,
    () => idToken(audience),
    ({ token }) => text(token),
  );
}

/** @param refused Status where the broker refuses; where it is only away, libraries are to try again. */
async function orFailure(
  refused: number,
  fetch: () => Promise<BrokerToken>,
  answer: (token: BrokerToken) => MetadataAnswer,
): Promise<MetadataAnswer> {
  try {
    return answer(await fetch());
  } catch (error) {
    // Files of the client that do not fit together are mended by those who renew them.
    if (error instanceof UserError) return text(`${error.message}\n`, 503);
    if (!(error instanceof BrokerError)) throw error;
    const failure = text(`${error.message}\n`, error.status === undefined || error.isPassing ? 503 : refused);
    return error.retryAfterSeconds === undefined ? failure : { ...failure, retryAfterSeconds: error.retryAfterSeconds };
  }
}
