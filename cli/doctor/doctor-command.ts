import { compactToken, explainAccess, type ReadCredential, readClaims, readToken } from "../../analysis";
import {
  checkConfiguration,
  checkCredential,
  checkModel,
  type Finding,
  findingOf,
  findingsOfError,
  ranked,
  readCredentialConfiguration,
} from "../../analysis/diagnose";
import { type LoadedModel, loadModel, type ModelSource } from "../can/model-source";
import { adcCredentials } from "../deploy-steps/credentials";
import { DeployStepError } from "../deploy-steps/deploy-step-error";
import { explained, readDocument } from "../read-plans";
import { UserError } from "../user-error";
import { checkBroker } from "./broker-checks";
import { withNames } from "./command-names";
import { doctorReport } from "./doctor-report";
import { checkIap } from "./iap-checks";
import { checkClock, checkLive } from "./live-checks";
import { liveEndpoints } from "./live-endpoints";
import { checkExchange } from "./live-exchange";

export interface DoctorCommandOptions extends ModelSource {
  /** Whose federation is looked at; that of all stacks unless given. */
  readonly environment?: string | undefined;
  /** Text of an error; `-` reads it from standard input. */
  readonly error?: string | undefined;
  /** File with the token. */
  readonly token?: string | undefined;
  readonly claims?: string | undefined;
  readonly account?: string | undefined;
  /** File with a credential configuration of an external account. */
  readonly credentialConfiguration?: string | undefined;
  /** Origin of a token broker, with files of the client's certificate and key. */
  readonly broker?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** File with the authorities of the server's certificate. */
  readonly ca?: string | undefined;
  /** File with the authorities that the broker takes clients of. */
  readonly clientCa?: string | undefined;
  /** Address of an app behind IAP. */
  readonly iap?: string | undefined;
  /** Ask Google (or the twin) what is really there, and try the exchange. */
  readonly live?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly now?: Date | undefined;
  readonly variables?: NodeJS.ProcessEnv | undefined;
  readonly output?: { write(text: string): unknown };
}

/** What the command ends with. */
export const doctorExitCodes = { nothing: 0, error: 1, found: 2 } as const;

/**
 * Looks for what is wrong with what the user has, and prints findings, the surest first. Nothing of a token, a key or a claim
 * is in them.
 * @returns 0 where nothing was found, else 2
 * @throws {UserError} in one line
 */
export async function doctorCommand(options: DoctorCommandOptions): Promise<number> {
  const { json = false, output = process.stdout, environment: stack } = options;
  const loaded = await loadModel(options);
  if (stack !== undefined && !loaded.stacks.includes(stack))
    throw new UserError(`there is no ${stack} here; there are: ${loaded.stacks.join(", ")}`);
  const checks = new Checks(options, loaded);
  await checks.run();
  const findings = ranked(checks.findings).map((finding) => withNames(finding, options, loaded));
  const report = json
    ? `${JSON.stringify({ checked: checks.checked, findings }, null, 2)}\n`
    : doctorReport(findings, checks.checked);
  output.write(loaded.named(report));
  return findings.length === 0 ? doctorExitCodes.nothing : doctorExitCodes.found;
}

/** The checks that apply to what was given, and what they found. */
class Checks {
  readonly findings: Finding[] = [];
  readonly checked: string[] = [];
  readonly #now: Date;

  constructor(
    private readonly options: DoctorCommandOptions,
    private readonly loaded: LoadedModel,
  ) {
    this.#now = options.now ?? new Date();
  }

  async run(): Promise<void> {
    const { error, credentialConfiguration, broker, iap, live } = this.options;
    if (error !== undefined) this.#error(error === "-" ? await read("-") : error);
    const token = await this.#credential();
    if (credentialConfiguration !== undefined) await this.#configuration(credentialConfiguration);
    if (broker !== undefined) await this.#broker(broker);
    if (iap !== undefined) this.#add("the app", await checkIap(address("--iap", iap), await this.#file("ca")));
    if (live === true) await this.#live(token);
    const { model, documents } = this.loaded;
    const resources = documents.flatMap((document) => document.resources);
    this.#add("the configuration", checkModel({ model, resources, stack: this.options.environment }));
  }

  #add(what: string, findings: readonly Finding[]): void {
    this.checked.push(what);
    this.findings.push(...findings);
  }

  /** Words that are not known are told of, so that nobody takes them for harmless. */
  #error(text: string): void {
    const known = findingsOfError(text);
    const unknown = [findingOf("error-unknown", "The error's words are not known here", "possible")];
    this.#add("the error", known.length > 0 || text.trim() === "" ? known : unknown);
  }

  async #file(option: "cert" | "key" | "ca" | "clientCa"): Promise<string | undefined> {
    const file = this.options[option];
    return file === undefined ? undefined : read(file);
  }

  /** @returns the token's text, for the live exchange */
  async #credential(): Promise<string | undefined> {
    const { token, claims } = this.options;
    if (token !== undefined && claims !== undefined) throw new UserError("give --token or --claims, not both");
    if (token === undefined && claims === undefined) return undefined;
    const text = token === undefined ? undefined : await read(token);
    this.#judge(text === undefined ? readClaims(claims ?? "", this.#now) : readToken(text, this.#now), "the token");
    return text === undefined ? undefined : compactToken(text);
  }

  #judge(credential: ReadCredential, what: string): void {
    const { account, environment: stack } = this.options;
    this.#add(what, checkCredential(this.loaded.model, credential, { now: this.#now, account, stack }));
  }

  async #configuration(file: string): Promise<void> {
    const parsed = readCredentialConfiguration(await read(file));
    if (!parsed.ok) return this.#add("the credential configuration", parsed.findings);
    this.#add("the credential configuration", checkConfiguration(parsed.configuration, this.loaded.model));
    const { file: tokenFile } = parsed.configuration.credential_source;
    if (tokenFile === undefined || this.options.token !== undefined) return;
    try {
      this.#judge(readToken(await read(tokenFile), this.#now), "the token that it names");
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#add("the token that it names", [
        findingOf("configuration-source", "credential_source.file cannot be read"),
      ]);
    }
  }

  async #broker(text: string): Promise<void> {
    const [cert, key, ca, clientAuthorities] = await Promise.all([
      this.#file("cert"),
      this.#file("key"),
      this.#file("ca"),
      this.#file("clientCa"),
    ]);
    const url = address("--broker", text);
    this.#add("the broker", await checkBroker({ url, cert, key, ca, clientAuthorities, now: this.#now }));
  }

  async #live(token: string | undefined): Promise<void> {
    const { model } = this.loaded;
    const { environment: stack, account, variables = process.env } = this.options;
    const endpoints = liveEndpoints(variables);
    const ca = await this.#file("ca");
    this.#add("this machine's clock", await checkClock(endpoints, () => this.#now.getTime(), ca));
    if (token !== undefined) {
      const { admittedBy, accounts } = this.#expected(token);
      const asked = account === undefined ? accounts : [account];
      const found = await checkExchange({ endpoints, providers: admittedBy, token, accounts: asked, ca });
      this.#add("the exchange", found);
    }
    try {
      const accessToken = await adcCredentials(variables).accessToken();
      this.#add("what is in the cloud", await checkLive({ model, stack, endpoints, accessToken, ca }));
    } catch (error) {
      if (!(error instanceof DeployStepError)) throw error;
      throw new UserError(`--live: ${error.message}`);
    }
  }

  /** Providers that should admit the token, and accounts that it should become. */
  #expected(text: string): { readonly admittedBy: readonly string[]; readonly accounts: readonly string[] } {
    const { answers, identities } = explainAccess(this.loaded.model, readToken(text, this.#now), {
      now: this.#now,
      stack: this.options.environment,
    });
    const admitting = identities.map(({ provider }) => provider);
    return {
      admittedBy: admitting.length > 0 ? admitting : answers.map(({ provider }) => provider),
      accounts: identities.flatMap(({ reach }) =>
        reach.accounts.flatMap(({ email, through }) => (through.length === 0 ? [email] : [])),
      ),
    };
  }
}

const read = (file: string): Promise<string> => explained(() => readDocument(file));

/** @throws {UserError} */
function address(option: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:" || url.username !== "")
    throw new UserError(`${option}: expected an address that begins with https://`);
  return url;
}
